import fc from 'fast-check'
import { expect, it } from 'vitest'
import { advance } from '#central/rollout/advance.ts'
import { abort, pause, proposed, resume } from '#central/rollout/commands.ts'
import type { Action, GroupCounts, Rollout } from '#central/rollout/types.ts'
import { isFailed, type MachineState, rolloutPlanSchema } from '#core/contracts/rollout.ts'

/** The world of a rollout without a database: who was chosen, what was signed, what machines say. */
class World {
  rollout: Rollout
  nowMs = 1_800_000_000_000
  machines: { group: number; state: MachineState; signed: boolean; recorded: boolean; accepted: boolean }[] =
    []
  /** [group, whether the group before had passed] at each signature. */
  signatures: { group: number; allowed: boolean }[] = []

  constructor(groups: number, perGroup: number[]) {
    const gate = { soakMin: 5, minimumN: 2, maxFailures: 2 }
    const plan = rolloutPlanSchema.parse({
      ...{ model: 'm', version: '1.0.0', reason: 'x' },
      groups: Array.from({ length: groups }, (_, k) => ({ name: `g${k}`, choose: {}, gate })),
    })
    this.rollout = { id: 1, ...proposed(plan, 'd', 'A', this.nowMs) }
    this.sizes = perGroup
  }
  sizes: number[]
  #enoughSinceMs: number | undefined

  counts(): GroupCounts[] {
    return this.rollout.groups.map((_, group) => {
      const here = this.machines.filter((one) => one.group === group)
      const of = (keep: (one: (typeof here)[number]) => boolean) => here.filter(keep).length
      return {
        machines: here.length,
        unassigned: of(({ recorded }) => !recorded),
        byState: {},
        failed: of(({ state, accepted }) => isFailed(state) && !accepted),
        succeeded: of(({ state }) => state === 'succeeded'),
        succeededNow: of(({ state }) => state === 'succeeded'),
      }
    })
  }

  /** One turn; `kill` ends it between what is signed and what is recorded of it. */
  turn(kill: boolean): Action[] {
    const counts = this.counts()
    const before = this.rollout
    const { next, actions } = advance(before, { groups: counts, alerts: null }, this.nowMs)
    // Held against the plan a second way: enough machines at every look for five minutes, too few failures in any group.
    if (before.state.state === 'running')
      for (const [k, { succeeded, failed, unassigned }] of counts.entries()) {
        if (k === before.state.group)
          this.#enoughSinceMs = succeeded >= 2 ? (this.#enoughSinceMs ?? this.nowMs) : undefined
        if (next.groups[k]!.state !== 'passed' || before.groups[k]!.state === 'passed') continue
        expect([succeeded >= 2, unassigned]).toEqual([true, 0])
        expect(this.nowMs - this.#enoughSinceMs!).toBeGreaterThanOrEqual(5 * 60_000)
        expect(failed).toBeLessThan(2)
        this.#enoughSinceMs = undefined
      }
    if (before.state.state === 'running' && before.groups[before.state.group]!.chosenAt !== null) {
      const isOver = counts.some(({ failed }) => failed >= 2)
      expect(next.state.state === 'halted').toBe(isOver)
    }
    this.rollout = next
    for (const action of actions) this.#do(action, kill)
    return actions
  }

  #do(action: Action, kill: boolean): void {
    if (action.do === 'choose') {
      if (kill) return
      for (let k = 0; k < (this.sizes[action.group] ?? 0); k += 1)
        this.machines.push({
          group: action.group,
          state: 'chosen',
          signed: false,
          recorded: false,
          accepted: false,
        })
      this.rollout = {
        ...this.rollout,
        groups: this.rollout.groups.map((one, k) => (k === action.group ? { ...one, chosenAt: 'now' } : one)),
      }
    }
    if (action.do === 'assign')
      for (const one of this.machines.filter(({ group, recorded }) => group === action.group && !recorded)) {
        if (!one.signed) {
          const before = this.rollout.groups.slice(0, action.group)
          const isRunning = this.rollout.state.state === 'running'
          this.signatures.push({
            group: action.group,
            allowed: isRunning && before.every(({ state }) => state === 'passed' || state === 'skipped'),
          })
        }
        one.signed = true
        if (!kill) Object.assign(one, { recorded: true, state: 'assigned' })
      }
  }
}

const who = (nowMs: number) => ({ by: 'B', reason: 'x', nowMs })
const happenings = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('turn' as const), kill: fc.boolean() }),
    fc.record({ what: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 8 }) }),
    fc.record({
      what: fc.constant('report' as const),
      machine: fc.nat(9),
      state: fc.constantFrom<MachineState>(
        'downloading',
        'on-trial',
        'succeeded',
        'succeeded',
        'succeeded',
        'failed',
        'rolled-back',
        'offline',
      ),
    }),
    fc.record({ what: fc.constantFrom('pause' as const, 'resume' as const, 'abort' as const) }),
  ),
  { maxLength: 60, size: 'max' },
)

it('assigns no machine before the gate of the group before has passed, whatever is reported in whatever order', () => {
  fc.assert(
    fc.property(
      happenings,
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 }),
      (all, sizes) => {
        const world = new World(3, sizes)
        for (const one of all) {
          const { state } = world.rollout.state
          const signedBefore = world.signatures.length
          if (one.what === 'turn') {
            const actions = world.turn(one.kill)
            if (state !== 'running' && state !== 'waiting-for-approvals') {
              expect(actions.filter((action) => action.do === 'choose' || action.do === 'assign')).toEqual([])
              expect(world.signatures).toHaveLength(signedBefore)
            }
          }
          if (one.what === 'wait') world.nowMs += one.minutes * 60_000
          if (one.what === 'report') {
            const machine = world.machines[one.machine]
            if (machine?.recorded) machine.state = one.state
          }
          if (one.what === 'pause' && state === 'running')
            world.rollout = pause(world.rollout, who(world.nowMs)).next
          if (one.what === 'abort' && (state === 'running' || state === 'paused'))
            world.rollout = abort(world.rollout, who(world.nowMs), false).next
          if (one.what === 'resume' && (state === 'paused' || state === 'halted')) {
            const { next, accept } = resume(world.rollout, who(world.nowMs))
            world.rollout = next
            if (accept) for (const machine of world.machines) machine.accepted = isFailed(machine.state)
          }
          // A gate that passed had enough machines that succeeded at that time, and fewer failures than its limit.
          expect(world.signatures.every(({ allowed }) => allowed)).toBe(true)
          expect(world.rollout.groups.map(({ state: s }) => s).join()).toMatch(
            /^(passed,)*(active|passed|wait)(,wait)*$/,
          )
        }
      },
    ),
    { numRuns: 300 },
  )
})

it('says the same again when it is asked again, and nothing once it has come to rest', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      const world = new World(2, [3, 3])
      for (const one of all) {
        if (one.what === 'turn') world.turn(one.kill)
        if (one.what === 'wait') world.nowMs += one.minutes * 60_000
        const machine = one.what === 'report' ? world.machines[one.machine] : undefined
        if (one.what === 'report' && machine?.recorded) machine.state = one.state
      }
      const seen = { groups: world.counts(), alerts: null }
      let { next } = advance(world.rollout, seen, world.nowMs)
      for (let k = 0; k < 4; k += 1) {
        const again = advance(next, seen, world.nowMs)
        if (again.next === next) break
        next = again.next
      }
      const rest = advance(next, seen, world.nowMs)
      expect(rest.next).toBe(next)
      expect(advance(next, seen, world.nowMs)).toEqual(rest)
      expect(rest.actions.filter((action) => action.do === 'tell')).toEqual([])
    }),
    { numRuns: 200 },
  )
})

it('converges after kills between what is signed and what is recorded', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (kills) => {
      const world = new World(2, [3, 3])
      for (const kill of kills) world.turn(kill)
      for (let k = 0; k < 20; k += 1) {
        world.turn(false)
        for (const machine of world.machines) if (machine.recorded) machine.state = 'succeeded'
        world.nowMs += 5 * 60_000
      }
      expect(world.rollout.state.state).toBe('done')
      expect(world.machines.every(({ signed, recorded }) => signed && recorded)).toBe(true)
      expect(world.signatures).toHaveLength(6)
    }),
    { numRuns: 100 },
  )
})

it('begins to soak anew when there are too few for a while', () => {
  const world = new World(1, [2])
  for (let k = 0; k < 3; k += 1) world.turn(false)
  const [first, second] = world.machines
  const after = (minutes: number, one: MachineState, other: MachineState) => {
    world.nowMs += minutes * 60_000
    first!.state = one
    second!.state = other
    world.turn(false)
    return world.rollout.groups[0]!.state
  }
  expect(after(0, 'succeeded', 'succeeded')).toBe('active')
  expect(after(4, 'succeeded', 'downloading')).toBe('active')
  expect(after(1, 'succeeded', 'succeeded')).toBe('active')
  expect(after(4, 'succeeded', 'succeeded')).toBe('active')
  expect(after(1, 'succeeded', 'succeeded')).toBe('passed')
})
