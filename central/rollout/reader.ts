import type { z } from 'zod'
import type {
  DeploymentsQuery,
  DeviceEventsQuery,
  deploymentsPageSchema,
  deviceEventsPageSchema,
} from '#core/contracts/deployments.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type {
  RolloutDetail,
  RolloutMachinesQuery,
  RolloutQuery,
  rolloutMachinesPageSchema,
  rolloutPageSchema,
} from '#core/contracts/rollout.ts'
import { presenceOf } from '../devices/presence.ts'
import { deploymentRows } from '../store/deployments.ts'
import { deviceEvents } from '../store/device-events.ts'
import { failureLines, machineLines } from '../store/rollout-lists.ts'
import { countsOf, takenBy } from '../store/rollout-machines.ts'
import { historyOf, type KeptRollout, listRollouts, loadRollout } from '../store/rollouts.ts'
import { wouldChoose } from './carry-out.ts'
import type { Rollouts } from './rollouts.ts'
import { deploymentOf, detailOf, machineOf, summaryOf } from './views.ts'

const mostFailures = 20
const mostHistory = 100

/** What people are told of rollouts and of what runs where. */
export class RolloutReader {
  readonly #rollouts: Rollouts

  constructor(rollouts: Rollouts) {
    this.#rollouts = rollouts
  }

  get #db() {
    return this.#rollouts.parts.base.db
  }

  async list({
    limit,
    cursor,
    model,
    state,
    open,
  }: RolloutQuery): Promise<z.infer<typeof rolloutPageSchema>> {
    const before = cursor === undefined ? undefined : readPlace(cursor, ['number'])[0]
    const filter = { model, state, open, before: before as number | undefined, limit: limit + 1 }
    const { page, last } = cut(await listRollouts(this.#db, filter), limit)
    const ids = page.map(({ id }) => id)
    const counts = await countsOf(this.#db, ids, this.#rollouts.silentSince())
    const would = await Promise.all(page.map((one) => this.#would(one)))
    return {
      items: page.map((one, i) => summaryOf(one, counts.get(one.id) ?? [], would[i]!)),
      next: last ? place(last.id) : null,
    }
  }

  /** @throws EdgewrightError rollout-unknown */
  async detail(id: number): Promise<RolloutDetail> {
    const rollouts = this.#rollouts
    const rollout = await loadRollout(this.#db, id)
    const [{ groups: counts, alerts }, failures, history, would] = await Promise.all([
      rollouts.observe(rollout),
      failureLines(this.#db, id, mostFailures),
      historyOf(this.#db, id, mostHistory),
      this.#would(rollout),
    ])
    return detailOf(rollout, {
      ...{ counts, alerts, failures, history, would },
      ...{ trouble: rollouts.troubleOf(id), nowMs: rollouts.parts.base.now() },
    })
  }

  /** How many machines its groups that have not begun would take now, by group; empty: none of them will. */
  async #would({ id, state, plan, groups }: KeptRollout): Promise<number[]> {
    const isOver = state.state === 'done' || state.state === 'aborted'
    const from = groups.findIndex(({ chosenAt }) => chosenAt === null)
    if (isOver || from === -1) return []
    const would = await wouldChoose(this.#rollouts.parts, plan, await takenBy(this.#db, id), from)
    return would.map(({ length }) => length)
  }

  async machines(
    id: number,
    { cursor, limit, ...filter }: RolloutMachinesQuery,
  ): Promise<z.infer<typeof rolloutMachinesPageSchema>> {
    const { plan } = await loadRollout(this.#db, id)
    const [grp, site, name, after] = cursor === undefined ? [] : readPlace(cursor, byMachine)
    const from = cursor === undefined ? undefined : ({ grp, site, name, id: after } as MachinePlace)
    const asked = { ...filter, limit: limit + 1 }
    const { page, last } = cut(await machineLines(this.#db, id, plan.model, asked, from), limit)
    const { nowMs: _, ...watch } = this.#rollouts.parts.watch()
    const nowMs = this.#rollouts.parts.base.now()
    return {
      items: page.map((row) => machineOf(row, presence(row, { ...watch, nowMs }))),
      next: last ? place(last.grp, last.site, last.name, last.device_id) : null,
    }
  }

  async deployments({
    cursor,
    limit,
    ...filter
  }: DeploymentsQuery): Promise<z.infer<typeof deploymentsPageSchema>> {
    const [site, name, id] = cursor === undefined ? [] : readPlace(cursor, byDevice)
    const from = cursor === undefined ? undefined : ({ site, name, id } as DevicePlace)
    const { page, last } = cut(await deploymentRows(this.#db, { ...filter, limit: limit + 1 }, from), limit)
    const watch = this.#rollouts.parts.watch()
    return {
      items: page.map((row) => deploymentOf(row, presence(row, watch))),
      next: last ? place(last.site, last.name, last.id) : null,
    }
  }

  async events({
    cursor,
    limit,
    ...filter
  }: DeviceEventsQuery): Promise<z.infer<typeof deviceEventsPageSchema>> {
    const [atMs, id] = cursor === undefined ? [] : readPlace(cursor, ['number', 'number'])
    const from = cursor === undefined ? undefined : ({ atMs, id } as { atMs: number; id: number })
    const { page, last } = cut(await deviceEvents(this.#db, { ...filter, limit: limit + 1 }, from), limit)
    return {
      items: page.map(({ id: _, ...event }) => event),
      next: last ? place(Date.parse(last.at), last.id) : null,
    }
  }
}

type MachinePlace = { grp: number; site: string; name: string; id: number }
type DevicePlace = { site: string; name: string; id: number }
const byMachine = ['number', 'string', 'string', 'number'] as const
const byDevice = ['string', 'string', 'number'] as const

const presence = (
  row: { last_seen: Date | null; returned_at: Date | null; updating: boolean },
  watch: Parameters<typeof presenceOf>[1],
) =>
  presenceOf(
    {
      lastSeenMs: row.last_seen?.getTime() ?? null,
      returnedMs: row.returned_at?.getTime() ?? null,
      updating: row.updating,
    },
    watch,
  )

/** `rows` were asked for with one more than fit; `last` stands where a page comes behind this one. */
const cut = <T>(rows: T[], limit: number): { page: T[]; last: T | undefined } => {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? page.at(-1) : undefined }
}

const place = (...parts: (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** Each number in it is one of a row or a time, ms: no more than a Date holds (ECMA-262, section 21.4.1.1). */
const mostMs = 8.64e15
const isPlace = (part: unknown): boolean =>
  typeof part === 'string' || (Number.isInteger(part) && Math.abs(part as number) <= mostMs)

function readPlace(cursor: string, kinds: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as (string | number)[]
    if (Array.isArray(parts) && kinds.every((kind, k) => typeof parts[k] === kind && isPlace(parts[k])))
      return parts
  } catch {
    // It is told below.
  }
  throw new EdgewrightError('request-invalid', 'the cursor is none that this list gave')
}
