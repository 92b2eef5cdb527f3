import { type CentralRole, mayAtCentral } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Deprecate, MoveAlias, Signatures, Uploaded } from '#core/contracts/registry.ts'
import type { StageLimits } from '../artefacts/artefacts.ts'
import { diskInWords } from '../artefacts/staging.ts'
import type { Caller } from '../central.ts'
import { stampOf } from '../registry/repository.ts'
import { record } from '../store/log.ts'
import { publishedOf, type ShownVersion } from '../store/registry.ts'
import { putAlias } from '../store/registry-aliases.ts'
import { noticesGiven, putDeprecation, putNotice, putProposer } from '../store/registry-changes.ts'
import { type DeskParts, headOf, isThere, propose, takeBack, takeSignatures } from './proposals.ts'
import { type ScanParts, scan } from './scan.ts'
import { dueNotice, retirementOf, standingOf } from './standing.ts'
import { oneVersion } from './views.ts'

type Parts = DeskParts & Pick<ScanParts, 'base' | 'publish'>
const maxPackageBytes = 16 * 1024 ** 3
const retirementEveryMs = 60_000
const afterFailureMs = 30_000

/** What central does with what there is to deploy. One thing at a time changes or reads the repository's folder. */
export class Catalogue {
  readonly parts: Parts
  readonly #scanParts: ScanParts
  #turn: Promise<unknown> = Promise.resolve()
  #stamp: string | undefined
  #againAtMs = 0
  #retirementsAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: Parts) {
    this.parts = parts
    this.#scanParts = { ...parts, kept: new Set() }
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Takes in what the folder says, if it says anything new. */
  look({ again = false } = {}): Promise<void> {
    return this.#next(async () => {
      const stamp = await stampOf(this.parts.dir)
      const nowMs = this.parts.base.now()
      if (!again && stamp === this.#stamp && nowMs < this.#againAtMs) return
      // What fails is tried again after a while, or as soon as the folder has changed: it may have been read in mid-change.
      this.#stamp = stamp
      this.#againAtMs = nowMs + afterFailureMs
      if (await isThere(this.parts.dir)) await scan(this.#scanParts, { again })
      this.#againAtMs = Number.POSITIVE_INFINITY
    })
  }

  async upload(
    bytes: AsyncIterable<Uint8Array>,
    limits: Pick<StageLimits, 'expect' | 'length'>,
    to: { family?: string | undefined; platforms?: string[] | undefined },
    by: string,
  ): Promise<Uploaded> {
    const { base, artefacts, dir } = this.parts
    if (!(await isThere(dir)))
      throw new EdgewrightError('repository-refused', 'central has no signed repository yet', {
        hint: 'Make one in its data folder (edgewright repo init DATA/repository), or take one over: edgewright registry adopt DIR --data DATA.',
      })
    const staged = await artefacts.stage(bytes, { ...limits, maxBytes: maxPackageBytes })
    try {
      const head = await headOf(staged)
      return await this.#next(async () => {
        const uploaded = await propose(this.parts, staged, head, to)
        await scan(this.#scanParts)
        await putProposer(base.db, uploaded, by, new Date(base.now()))
        const { model, version, digest, family } = uploaded
        if (!uploaded.known) {
          const what = { model, version, digest, family, by }
          await base.record('version.proposed', by, what)
          await this.parts.publish(base.db, 'version.changed', { what: 'proposed', ...what })
        }
        return uploaded
      })
    } catch (error) {
      throw diskInWords(error)
    } finally {
      await staged.drop()
    }
  }

  takeSignatures(text: string, by: string): Promise<Signatures> {
    return this.#next(async () => {
      const { brought, ...taken } = await takeSignatures(this.parts, text)
      await scan(this.#scanParts, {
        broughtBy: new Map(brought.map(({ role, keyId }) => [`${role} ${keyId}`, by])),
      })
      await this.parts.base.record('version.signed', by, taken)
      return taken
    })
  }

  async discard(model: string, version: string, { reason }: { reason: string }, by: string): Promise<void> {
    const { base } = this.parts
    const row = await oneVersion(base, model, version)
    await this.#next(async () => {
      await takeBack(this.parts, row)
      await scan(this.#scanParts)
    })
    await base.record('version.discarded', by, { model, version, digest: row.digest, reason })
  }

  /** @throws EdgewrightError not-allowed, registry-unknown, registry-refused */
  async moveAlias(model: string, alias: string, { version, reason }: MoveAlias, by: Caller): Promise<void> {
    const { base } = this.parts
    may(by, alias === 'production' ? 'approver' : 'publisher', `to move ${alias}`)
    const row = version === null ? null : await oneVersion(base, model, version)
    if (row) this.#refuseUnless(row, alias)
    const at = new Date(base.now())
    const to = row && { id: row.id, version: row.version }
    const { from } = await putAlias(base.db, { model, alias, to, at, by: by.name, reason })
    await base.record('alias.moved', by.name, {
      model,
      alias,
      from,
      to: version,
      digest: row?.digest,
      reason,
    })
  }

  #refuseUnless(row: ShownVersion, alias: string): void {
    const standing = standingOf(row, this.parts.base.now())
    if (standing === 'published' || standing === 'deprecated') return
    throw new EdgewrightError(
      'registry-refused',
      `${row.model} ${row.version} is ${standing}: ${alias} cannot point to it`,
      {
        hint: standing === 'proposed' ? 'It waits for signatures.' : 'Choose a version that may run.',
      },
    )
  }

  async deprecate(model: string, version: string, wanted: Deprecate, by: string): Promise<void> {
    const { base } = this.parts
    const row = await oneVersion(base, model, version)
    if (row.state !== 'published')
      throw new EdgewrightError('registry-refused', `${model} ${version} is ${row.state}, not published`)
    const { deprecated, reason } = wanted
    const retireAt = deprecated && wanted.retireAt !== undefined ? new Date(wanted.retireAt) : null
    await putDeprecation(
      base.db,
      row.id,
      deprecated ? { at: new Date(base.now()), by, reason, retireAt } : null,
    )
    await base.record(deprecated ? 'version.deprecated' : 'version.undeprecated', by, {
      ...{ model, version, digest: row.digest, reason },
      ...(retireAt && { retireAt: retireAt.toISOString() }),
    })
  }

  /** Tells of dates that come near, and of those that have come: each once. */
  async tellRetirements(): Promise<void> {
    const { base } = this.parts
    const nowMs = base.now()
    if (nowMs - this.#retirementsAtMs < retirementEveryMs) return
    this.#retirementsAtMs = nowMs
    const given = await noticesGiven(base.db)
    for (const row of await publishedOf(base.db)) {
      const retirement = retirementOf(row)
      if (!retirement) continue
      const retireAt = new Date(retirement.at)
      const days = dueNotice(
        retireAt.getTime(),
        nowMs,
        given.flatMap((one) =>
          one.version_id === row.id && one.retire_at.getTime() === retireAt.getTime() ? [one.days] : [],
        ),
      )
      if (days === undefined) continue
      const { model, version, digest, owner } = row
      const what = days === 0 ? 'retired' : 'retiring'
      const body = {
        ...{ model, version, digest, owner, retireAt: retirement.at, from: retirement.from },
        ...(days > 0 && { days }),
      }
      const at = new Date(nowMs)
      await putNotice(base.db, { id: row.id, retireAt, days, at }, async (tx) => {
        await record(tx, nowMs, `version.${what}`, 'central', body)
        await this.parts.publish(tx, 'version.changed', { what, ...body })
      })
    }
  }
}

export function may(by: Caller, needs: CentralRole, what: string): void {
  if (mayAtCentral(by.roles, needs)) return
  throw new EdgewrightError('not-allowed', `${what} needs the role ${needs}`, {
    hint: `Sign in as somebody who is ${needs} here.`,
  })
}
