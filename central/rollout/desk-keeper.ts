import type { DeskStatus } from '#core/contracts/deployments.ts'
import { issuedField } from '#core/contracts/update.ts'
import type { Base } from '../central.ts'
import type { Desk } from '../registry/desk.ts'
import { lacks } from '../registry/settle.ts'

const dayMs = 86_400_000
/** People meet to sign these; a machine signs the other two every day. */
const soonDays = (role: string) => (role === 'snapshot' || role === 'timestamp' ? 10 : 30)
const lookEveryMs = 5_000
const warnEveryMs = dayMs

/** Keeps the desk's daily work going, and says what it needs people for. */
export class DeskKeeper {
  readonly #base: Pick<Base, 'now' | 'log' | 'record'>
  readonly #desk: Desk
  #problem: string | null = null
  #lookedMs = Number.NEGATIVE_INFINITY
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(base: Pick<Base, 'now' | 'log' | 'record'>, desk: Desk) {
    this.#base = base
    this.#desk = desk
  }

  async tick(): Promise<void> {
    const nowMs = this.#base.now()
    if (Math.abs(nowMs - this.#lookedMs) < lookEveryMs) return
    this.#lookedMs = nowMs
    try {
      const live = await this.#desk.upkeep()
      if (live.length > 0) await this.#base.record('signing.renewed', 'central', { live })
      this.#problem = null
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (why !== this.#problem)
        this.#base.log.warn({ err: error }, 'the signed repository cannot be kept up')
      this.#problem = why
    }
    if (Math.abs(nowMs - this.#warnedMs) < warnEveryMs) return
    this.#warnedMs = nowMs
    const soon = (await this.status().catch(() => undefined))?.expires.filter((one) => one.soon) ?? []
    if (soon.length > 0)
      this.#base.log.warn({ expires: soon }, 'signed metadata ends soon: machines then take nothing new')
  }

  async status(): Promise<DeskStatus> {
    const repository = await this.#desk.look().catch((error: Error) => {
      this.#problem = error.message
      return undefined
    })
    const { root, targets, snapshot, timestamp, delegated } = repository?.live ?? {}
    if (!repository || !root || !timestamp || !snapshot || !targets || !delegated)
      return { repository: null, online: [], expires: [], waiting: [], problem: this.#problem }
    const nowMs = this.#base.now()
    const all = [
      ...Object.entries({ root, targets, snapshot, timestamp }),
      ...[...delegated].map(([role, one]) => [role, one] as const),
    ]
    const { roles = [] } = targets.signed.delegations ?? {}
    const signers = [...Object.entries(root.signed.roles), ...roles.map((one) => [one.name, one] as const)]
    const mine = new Set(this.#desk.keys.map(({ id }) => id))
    return {
      repository: { root: root.signed.version, timestampIssuedAt: timestamp.signed[issuedField] },
      online: signers.flatMap(([role, { keyids }]) => (keyids.some((id) => mine.has(id)) ? [role] : [])),
      expires: all
        .map(([role, { signed }]) => {
          const inDays = (Date.parse(signed.expires) - nowMs) / dayMs
          return { role, at: signed.expires, inDays, soon: inDays < soonDays(role) }
        })
        .sort((a, b) => a.inDays - b.inDays),
      waiting: [...repository.pending].map(([role, { signed }]) => ({
        role,
        version: signed.version,
        why: lacks(repository, role) ?? 'signed; it waits for what is pending beside it',
      })),
      problem: this.#problem,
    }
  }
}
