import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type {
  JoinCodeView,
  joinCodesPageSchema,
  MadeJoinCode,
  newJoinCodeSchema,
} from '#core/contracts/fleet.ts'
import { type JoinCode, joinCodePrefix } from '#core/contracts/sync.ts'
import type { Base } from '../central.ts'
import { addJoinCode, joinCodes, withdrawJoinCode } from '../store/devices-join.ts'
import type { JoinCodeRow } from '../store/tables/devices.ts'
import { addressOf } from './address.ts'
import { sha256Hex } from './enrol.ts'
import { rootFingerprint } from './root.ts'

const tokenBytes = 32

/** Single-use codes by which machines join the fleet; of each, the database has the digest of its token only. */
export class JoinCodes {
  readonly #base: Base

  constructor(base: Base) {
    this.#base = base
  }

  async make(
    { site, groups, labels, ttlMs }: z.output<typeof newJoinCodeSchema>,
    by: string,
  ): Promise<MadeJoinCode> {
    const { db, dataDir, now } = this.#base
    const root = await rootFingerprint(dataDir)
    const token = randomBytes(tokenBytes).toString('base64url')
    const at = new Date(now())
    const expiresAt = new Date(at.getTime() + ttlMs)
    const row = await addJoinCode(db, {
      tokenHash: sha256Hex(token),
      site,
      groups,
      labels,
      at,
      by,
      expiresAt,
    })
    const content: JoinCode = { url: addressOf(this.#base), token, site, groups, root }
    const code = `${joinCodePrefix}${Buffer.from(JSON.stringify(content)).toString('base64url')}`
    return { ...viewOf({ ...row, device: null }, now()), code, root }
  }

  async list(limit: number, cursor: string | undefined): Promise<z.output<typeof joinCodesPageSchema>> {
    const before = cursor === undefined ? undefined : Number(cursor)
    if (before !== undefined && !(Number.isInteger(before) && before > 0 && before < 2 ** 31))
      throw new EdgewrightError('request-invalid', 'the cursor is none that this list gave')
    const rows = await joinCodes(this.#base.db, limit + 1, before)
    const page = rows.slice(0, limit)
    return {
      items: page.map((row) => viewOf(row, this.#base.now())),
      next: rows.length > limit ? String(page.at(-1)?.id) : null,
    }
  }

  async withdraw(id: number, by: string): Promise<void> {
    if (await withdrawJoinCode(this.#base.db, id, by, new Date(this.#base.now()))) return
    throw new EdgewrightError('join-code-unknown', `there is no join code ${id} that could still be used`)
  }
}

const viewOf = (row: JoinCodeRow & { device: string | null }, nowMs: number): JoinCodeView => ({
  id: row.id,
  site: row.site,
  groups: row.groups,
  labels: row.labels,
  state: row.used_at
    ? 'used'
    : row.withdrawn_at
      ? 'withdrawn'
      : row.expires_at.getTime() <= nowMs
        ? 'expired'
        : 'open',
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  expiresAt: row.expires_at.toISOString(),
  usedAt: row.used_at?.toISOString() ?? null,
  device: row.device,
})
