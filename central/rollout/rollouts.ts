import { offlineAfterMs } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { isFailed, type RolloutPlan } from '#core/contracts/rollout.ts'
import type { Base } from '../central.ts'
import type { Watch } from '../devices/presence.ts'
import { findPackage, policyOf } from '../registry/changes.ts'
import {
  acceptFailures,
  alertRatesOf,
  countsOf,
  dueMachines,
  keepOutcomes,
} from '../store/rollout-machines.ts'
import {
  insertRollout,
  isFollowed,
  type KeptRollout,
  loadRollout,
  type Publish,
  rolloutsAtWork,
  type Signing,
  saveRollout,
  type Tell,
} from '../store/rollouts.ts'
import { advance } from './advance.ts'
import { assignGroup, checkRoom, choose, type HandParts, takeBack, tidy, wouldChoose } from './carry-out.ts'
import {
  abort,
  activeGroup,
  approve,
  type Changed,
  pause,
  proposed,
  resume,
  skip,
  start,
} from './commands.ts'
import { outcomeOf } from './machine-outcome.ts'
import type { Action, AlertRates, Observations } from './types.ts'

/** Steps of one rollout at one time: choosing, assigning and noticing that it is signed are one each. */
const mostSteps = 8
const ratesEveryMs = 15_000

export interface RolloutParts extends HandParts {
  /** `rollout.changed`, for webhooks. */
  publish: Publish
  base: Pick<Base, 'db' | 'now' | 'log'>
  /** By which server time presence is judged (central/devices). */
  watch: () => Watch
}

/** Rollouts in motion: what people say and what machines report, in, what is signed, out. One thing at a time. */
export class Rollouts {
  readonly parts: RolloutParts
  #turn: Promise<unknown> = Promise.resolve()
  #rates = new Map<number, { group: number; atMs: number; rates: AlertRates }>()
  /** By rollout: what could not be done, so that it is told once. */
  #trouble = new Map<number, string>()

  constructor(parts: RolloutParts) {
    this.parts = parts
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /** @throws EdgewrightError rollout-refused, registry-refused: what it says can be seen to fail already */
  async propose(plan: RolloutPlan, by: string): Promise<number> {
    const digest = await this.#check(plan)
    const nowMs = this.parts.base.now()
    const { version, reason, model } = plan
    const body = { model, version, digest, reason, groups: plan.groups.map(({ name }) => name) }
    const tell: Tell = { do: 'tell', kind: 'rollout.proposed', by, body }
    const id = await insertRollout(
      this.parts.base.db,
      proposed(plan, digest, by, nowMs),
      nowMs,
      tell,
      this.parts.publish,
    )
    await this.step(id)
    return id
  }

  async #check(plan: RolloutPlan): Promise<string> {
    const { model, version, digest } = plan
    const repository = await this.parts.desk.mustLook()
    const live = { ...repository, pending: new Map() }
    const { target } = findPackage(live, model, version)
    const found = target.hashes.sha256
    if (digest !== undefined && digest !== found)
      throw new EdgewrightError(
        'rollout-refused',
        `${model} ${version} is published as ${found}, not as ${digest}`,
        {
          hint: 'Look at what is published: GET /api/registry.',
        },
      )
    const policy = await policyOf(live)
    const revoked = policy.revoked.find((one) => one.digest === found && one.action === 'stop')
    if (revoked)
      throw new EdgewrightError('rollout-refused', `${model} ${version} was revoked: ${revoked.reason}`)
    const least = policy.minimumRelease[model] ?? 0
    if (target.custom.release < least)
      throw new EdgewrightError(
        'rollout-refused',
        `${model} ${version} is release ${target.custom.release}, and none below ${least} may run`,
      )
    await checkRoom(this.parts, repository, model, await wouldChoose(this.parts, plan, new Set()), new Set())
    return found
  }

  start = (id: number, by: string, reason: string) =>
    this.#change(id, (one, nowMs) => start(one, { by, reason, nowMs }))
  approve = (id: number, by: string, group: number | null, reason: string | undefined) =>
    this.#change(id, (one, nowMs) => approve(one, { by, reason, nowMs }, group))
  pause = (id: number, by: string, reason: string) =>
    this.#change(id, (one, nowMs) => pause(one, { by, reason, nowMs }))
  resume = (id: number, by: string, reason: string) =>
    this.#change(id, (one, nowMs) => resume(one, { by, reason, nowMs }))
  abort = (id: number, by: string, reason: string, back: boolean) =>
    this.#change(id, (one, nowMs) => abort(one, { by, reason, nowMs }, back))
  skip = (id: number, by: string, reason: string) =>
    this.#change(id, async (one, nowMs) => skip(one, { by, reason, nowMs }, await this.observe(one)))

  async #change(
    id: number,
    work: (rollout: KeptRollout, nowMs: number) => Changed<KeptRollout> | Promise<Changed<KeptRollout>>,
  ): Promise<void> {
    await this.#alone(async () => {
      const nowMs = this.parts.base.now()
      const { next, tells, accept } = await work(await loadRollout(this.parts.base.db, id), nowMs)
      // First: a failure that is accepted twice does no harm, one that is not would stop it again at once.
      if (accept) await acceptFailures(this.parts.base.db, id)
      if (!(await saveRollout(this.parts.base.db, next, nowMs, tells, this.parts.publish)))
        throw new EdgewrightError('rollout-refused', 'somebody else changed this rollout just now')
    })
    await this.step(id)
  }

  /** What is seen of its machines now; those that sent something since are looked at again. */
  async observe(rollout: KeptRollout): Promise<Observations> {
    const { db } = this.parts.base
    const nowMs = this.parts.base.now()
    const silentSince = this.silentSince()
    const due = await dueMachines(db, rollout.id, silentSince)
    const { digest, plan } = rollout
    const isOver = rollout.state.state === 'done' || rollout.state.state === 'aborted'
    const outcomes = due.map((row) => {
      const { device_state, why, site, site_now } = row
      const barred = device_state === 'enrolled' ? null : `it is ${device_state}: ${why ?? ''}`
      const moved = site_now === site ? null : `it was moved from ${site} to ${site_now}`
      const isRevoked = device_state === 'revoked'
      const outcome = outcomeOf(
        {
          assignedAtMs: row.assigned_at?.getTime() ?? null,
          lastSeenMs: row.last_seen?.getTime() ?? null,
          reportAtMs: row.report_at?.getTime() ?? null,
          report: row.models && { models: row.models, progress: row.progress ?? [] },
          barred,
          gone: isOver || isFailed(row.state) ? null : isRevoked ? barred : moved,
        },
        { model: plan.model, digest },
        { silentSinceMs: silentSince.getTime() },
      )
      // Of what failed there, a newer report may say nothing any more; only that it goes on, or runs, undoes it.
      const isForgotten = isFailed(row.state) && ['assigned', 'offline'].includes(outcome.state)
      const { state, reason, by } = isForgotten ? row : outcome
      return { state, reason, by, id: row.device_id, seenAt: row.report_at, changed: state !== row.state }
    })
    await keepOutcomes(db, rollout.id, new Date(nowMs), outcomes)
    const counts = await countsOf(db, [rollout.id], silentSince)
    return { groups: counts.get(rollout.id) ?? [], alerts: await this.#alerts(rollout, nowMs) }
  }

  /** Whoever was last heard of before this is offline; the server's own silence is no machine's. */
  silentSince(): Date {
    const { nowMs, heardUntilMs, outageMs } = this.parts.watch()
    const since = nowMs - offlineAfterMs
    return new Date(heardUntilMs >= since ? since - outageMs : since)
  }

  async #alerts(rollout: KeptRollout, nowMs: number): Promise<AlertRates | null> {
    const group = activeGroup(rollout)
    if (group === undefined || !rollout.plan.groups[group]!.gate.alertsAgainst) return null
    const known = this.#rates.get(rollout.id)
    if (known?.group === group && nowMs - known.atMs < ratesEveryMs && nowMs >= known.atMs) return known.rates
    const { digest, plan } = rollout
    const rates = await alertRatesOf(this.parts.base.db, {
      rollout: rollout.id,
      group,
      model: plan.model,
      digest,
    })
    this.#rates.set(rollout.id, { group, atMs: nowMs, rates })
    return rates
  }

  /** Every rollout that something is left to do for. One that cannot go on holds up no other. */
  async tick(): Promise<void> {
    for (const { id, state } of await rolloutsAtWork(this.parts.base.db))
      if (state.state !== 'draft') await this.step(id)
  }

  /** Brings one rollout as far as it gets now. What hinders it is told, once, and tried again with the next tick. */
  async step(id: number): Promise<void> {
    try {
      await this.#alone(() => this.#steps(id))
      this.#trouble.delete(id)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (this.#trouble.get(id) !== why)
        this.parts.base.log.warn({ err: error, rollout: id }, 'a rollout waits')
      this.#trouble.set(id, why)
    }
  }

  troubleOf = (id: number): string | undefined => this.#trouble.get(id)

  async #steps(id: number): Promise<void> {
    for (let count = 0; count < mostSteps; count += 1) {
      const rollout = await loadRollout(this.parts.base.db, id)
      const nowMs = this.parts.base.now()
      const { next, actions } = advance(rollout, await this.observe(rollout), nowMs)
      const tells = actions.filter((one): one is Tell => one.do === 'tell')
      const kept: KeptRollout = { ...rollout, ...next }
      const work = actions.find((one) => one.do !== 'tell')
      // Decided first, then done: after a kill between the two it is asked for again.
      const isChanged = next !== rollout
      if (isChanged && !(await saveRollout(this.parts.base.db, kept, nowMs, tells, this.parts.publish)))
        continue
      if (isChanged) kept.revision += 1
      const after = work ? await this.#carryOut(work, kept) : { ...kept, signing: [] }
      const isDone = JSON.stringify(after) === JSON.stringify(kept)
      if (!isDone && !(await saveRollout(this.parts.base.db, after, nowMs, [], this.parts.publish))) continue
      if (!isChanged && isDone) return
    }
  }

  async #carryOut(action: Action, rollout: KeptRollout): Promise<KeptRollout> {
    const { parts } = this
    const { groups } = rollout
    switch (action.do) {
      case 'choose': {
        await choose(parts, rollout, action.group)
        const chosenAt = new Date(this.parts.base.now()).toISOString()
        return {
          ...rollout,
          groups: groups.map((one, k) =>
            k === action.group ? { ...one, chosenAt: one.chosenAt ?? chosenAt } : one,
          ),
        }
      }
      case 'assign':
        return { ...rollout, signing: await assignGroup(parts, rollout, action.group) }
      case 'take-back':
        return ended(rollout, await takeBack(parts, rollout))
      case 'tidy':
        return ended(
          rollout,
          (await isFollowed(this.parts.base.db, rollout)) ? [] : await tidy(parts, rollout),
        )
      default:
        return rollout
    }
  }
}

function ended(rollout: KeptRollout, signing: Signing): KeptRollout {
  const settled = signing.length === 0
  const { state } = rollout
  return { ...rollout, signing, settled, state: state.state === 'aborted' ? { ...state, settled } : state }
}
