import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { InferenceRecord } from './journal.ts'
import { keyOf } from './keys.ts'
import { one, sha256 } from './sqlite.ts'

/** What the columns of a record mean: the part of it that is the same from block to block. */
export type Shape = Pick<
  InferenceRecord,
  'model' | 'version' | 'provider' | 'features' | 'scoreNames' | 'outputKind' | 'outputs'
>

/** One list of blocks by time (sources.ts). */
export interface Source {
  id: number
  spanMs: number
}

/** Assets named by senders are without bound; what is remembered of them is not. */
const rememberedSources = 20_000

/** Models, shapes and sources by short numbers, remembered between transactions. */
export class Catalog {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #models = new Map<string, number>()
  readonly #shapeIds = new Map<string, { id: number; sha256: string }>()
  readonly #shapes = new Map<number, Shape>()
  readonly #sources = new Map<string, Source>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** After anything was undone: numbers given meanwhile are no longer true. */
  forget(): void {
    this.#models.clear()
    this.#shapeIds.clear()
    this.#shapes.clear()
    this.#sources.clear()
  }

  findModel(name: string): number | undefined {
    const known = this.#models.get(name)
    if (known !== undefined) return known
    const id = one<{ id: number }>(this.#prepared('SELECT id FROM models WHERE name = ?'), keyOf(name))?.id
    if (id !== undefined) this.#models.set(name, id)
    return id
  }

  model(name: string): number {
    const known = this.findModel(name)
    if (known !== undefined) return known
    const id = Number(this.#prepared('INSERT INTO models (name) VALUES (?)').run(keyOf(name)).lastInsertRowid)
    this.#models.set(name, id)
    return id
  }

  /** As a key (keys.ts). */
  modelName(id: number): string | undefined {
    return one<{ name: string }>(this.#prepared('SELECT name FROM models WHERE id = ?'), id)?.name
  }

  shape(shape: Shape): { id: number; sha256: string } {
    const { model, version, provider, features, scoreNames, outputKind, outputs } = shape
    const json = JSON.stringify({
      model,
      version,
      provider,
      features,
      scoreNames,
      outputKind,
      // Absent where absent: a shape that was stored before keeps its hash.
      ...(outputs && { outputs }),
    } satisfies Shape)
    const known = this.#shapeIds.get(json)
    if (known) return known
    const digest = Buffer.from(sha256(json)).toString('hex')
    const id =
      one<{ id: number }>(this.#prepared('SELECT id FROM shapes WHERE sha256 = ?'), digest)?.id ??
      Number(
        this.#prepared('INSERT INTO shapes (sha256, json) VALUES (?, ?)').run(digest, json).lastInsertRowid,
      )
    const entry = { id, sha256: digest }
    this.#shapeIds.set(json, entry)
    return entry
  }

  /** Undefined where it is missing or not what its hash names. */
  shapeById(id: number): Shape | undefined {
    const known = this.#shapes.get(id)
    if (known) return known
    const row = this.shapeRow(id)
    if (!row || Buffer.from(sha256(row.json)).toString('hex') !== row.sha256) return undefined
    const shape = JSON.parse(row.json) as Shape
    this.#shapes.set(id, shape)
    return shape
  }

  /** As stored, for verification. */
  shapeRow(id: number): { sha256: string; json: string } | undefined {
    return one(this.#prepared('SELECT sha256, json FROM shapes WHERE id = ?'), id)
  }

  /** As stored, by its hash; not checked against it. */
  shapeJson(digest: string): string | undefined {
    return one<{ json: string }>(this.#prepared('SELECT json FROM shapes WHERE sha256 = ?'), digest)?.json
  }

  findSource(model: number, name: string): Source | undefined {
    const key = `${model}/${name}`
    const known = this.#sources.get(key)
    if (known) return known
    const found = one<Source>(
      this.#prepared('SELECT id, span_ms AS spanMs FROM sources WHERE model = ? AND name = ?'),
      model,
      keyOf(name),
    )
    if (found) this.#remember(key, found)
    return found
  }

  /** The list, which from now on is known to have a block that covers `atLeastMs`. */
  source(model: number, name: string, atLeastMs: number): Source {
    const known = this.findSource(model, name)
    // In powers of two, so that the stored bound seldom has to grow.
    const spanMs = atLeastMs === 0 ? 0 : 2 ** Math.ceil(Math.log2(atLeastMs))
    if (known && known.spanMs >= spanMs) return known
    const id =
      known?.id ??
      Number(
        this.#prepared('INSERT INTO sources (model, name, span_ms) VALUES (?, ?, ?)').run(
          model,
          keyOf(name),
          spanMs,
        ).lastInsertRowid,
      )
    if (known) this.#prepared('UPDATE sources SET span_ms = ? WHERE id = ?').run(spanMs, id)
    const source = { id, spanMs }
    this.#remember(`${model}/${name}`, source)
    return source
  }

  #remember(key: string, source: Source): void {
    if (this.#sources.size >= rememberedSources) this.#sources.clear()
    this.#sources.set(key, source)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
