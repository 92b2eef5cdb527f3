import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { type Alert, alertStateSchema } from '#core/contracts/alert.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { AlertQuery } from './journal.ts'
import { keyOf } from './keys.ts'
import { one } from './sqlite.ts'

interface Row {
  id: string
  raised_ms: number
  json: string
}
/** [raised at, id] of the last alert that was given. */
const position = z.tuple([z.number(), z.string()])

/** The alerts as they now stand. */
export class Alerts {
  readonly #byId: StatementSync
  readonly #ofState: StatementSync
  readonly #answers: StatementSync

  constructor(db: DatabaseSync) {
    this.#byId = db.prepare('SELECT json FROM alerts WHERE id = ?')
    this.#ofState = db.prepare(
      `SELECT id, raised_ms, json FROM alerts WHERE state = $state AND (raised_ms, id) < ($ms, $id)
       AND ($model IS NULL OR model = $model) AND ($rule IS NULL OR rule = $rule) AND ($asset IS NULL OR asset = $asset)
       ORDER BY raised_ms DESC, id DESC LIMIT $limit`,
    )
    this.#answers = db.prepare(
      `SELECT coalesce(sum(real), 0) AS real, count(*) AS answered, min(raised_ms) AS since_ms FROM alerts
       WHERE model = ? AND rule = ? AND real IS NOT NULL`,
    )
  }

  alert(id: string): Alert | undefined {
    const row = one<{ json: string }>(this.#byId, keyOf(id))
    return row && (JSON.parse(row.json) as Alert)
  }

  alerts(query: AlertQuery): { alerts: Alert[]; next: string | null } {
    if (query.limit < 1) return { alerts: [], next: null }
    const [ms, id] = query.cursor === undefined ? [Infinity, ''] : fromCursor(query.cursor, position)
    const filter = {
      $ms: ms,
      $id: id,
      $model: query.model === undefined ? null : keyOf(query.model),
      $rule: query.rule === undefined ? null : keyOf(query.rule),
      $asset: query.asset === undefined ? null : keyOf(query.asset),
    }
    // State by state, so that a page of the few open ones never walks past the many closed ones.
    const found = [...new Set(query.states ?? alertStateSchema.options)]
      .flatMap(
        ($state) => this.#ofState.all({ ...filter, $state, $limit: query.limit + 1 }) as unknown as Row[],
      )
      .sort((a, b) => b.raised_ms - a.raised_ms || (a.id < b.id ? 1 : -1))
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return {
      alerts: page.map((row) => JSON.parse(row.json) as Alert),
      next: last && found.length > page.length ? toCursor([last.raised_ms, last.id]) : null,
    }
  }

  /** The last answer of each alert counts; `unsure` and `bad-data` say nothing about the rule. */
  trackRecord(model: string, rule: string): { real: number; answered: number; since?: string } {
    const { real, answered, since_ms } = one<{ real: number; answered: number; since_ms: number | null }>(
      this.#answers,
      keyOf(model),
      keyOf(rule),
    )!
    return { real, answered, ...(since_ms !== null && { since: new Date(since_ms).toISOString() }) }
  }
}
