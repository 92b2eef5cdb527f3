import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { mayFollow, type StateName } from '#edge/deploy/states.ts'
import { serves } from '#support/faults/every-call.ts'
import { draws } from '#support/faults/random.ts'
import { family, makeBase, type Scene } from '#support/faults/row.ts'
import { Site } from '#support/faults/site.ts'
import type { Base } from '#support/versions.ts'

const rounds = 30
const stops = 15

let base: Base
beforeAll(async () => {
  base = await makeBase()
})

/** Installs, activates and rolls back, one after the other, until the runtime is gone. */
async function busy({ site, id, versions }: Scene): Promise<void> {
  for (let k = 0; ; k++) {
    const steps = [
      () => site.install(versions[1 + (k % 3)]!),
      () => site.activate(id, `1.0.${1 + (k % 3)}`),
      () => site.rollback(id),
    ]
    for (const step of steps) if ((await step()).code === 'edge-unreachable') return
  }
}

/** Every version went from state to state only as the table of states allows. */
function follows(chain: string[]): void {
  const at = new Map<string, StateName>()
  for (const step of chain) {
    const [version, state] = step.split(' ') as [string, StateName]
    const from = at.get(version) ?? 'absent'
    // What a kill dropped on its way in comes anew; a version that retired may be installed again.
    const anew = ['verifying', 'retired', 'refused'].includes(from) && state === 'verifying'
    expect(anew || mayFollow(from, state), `${version} from ${from} to ${state}`).toBe(true)
    at.set(version, state)
  }
}

describe('kill -9 at random moments of installations, activations and rollbacks', () => {
  it(`leaves a whole version serving, ${rounds} times, and loses no reading`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const next = draws(seed)
    const site = new Site()
    try {
      await site.start()
      const own = await family(base, 'busy')
      expect(await site.install(own.versions[0]!)).toMatchObject({ code: 'done' })
      const scene = { site, id: 'busy', ...own }
      const traffic = site.traffic('busy')
      for (let round = 0; round < rounds; round++) {
        const working = busy(scene)
        await sleep(30 + 1200 * next())
        await site.kill()
        await working
        await site.start()
        await serves(scene)
        const [running] = await site.slots('busy')
        expect(running, `seed ${seed}, round ${round}`).toMatch(/ running$/)
        expect(site.leftovers()).toEqual([])
      }
      await traffic.end()
      const chain = await site.chain('busy')
      follows(chain)
      process.stdout.write(
        `${rounds} kills (seed ${seed}), ${chain.length} states entered, ${traffic.answered.size} readings answered\n`,
      )
      expect(await site.client().json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
    } finally {
      await site.remove()
    }
  })
})

describe('stops in order under readings', () => {
  it(`leave none to a lane that is closed already, ${stops} times`, async () => {
    const site = new Site()
    try {
      await site.start()
      const own = await family(base, 'stopped')
      expect(await site.install(own.versions[0]!)).toMatchObject({ code: 'done' })
      const senders = ['a', 'b', 'c', 'd'].map((name) => site.traffic('stopped', name))
      for (let k = 0; k < stops; k++) {
        await senders[0]!.more(30)
        await site.restart()
      }
      for (const sender of senders) await sender.end()
    } finally {
      await site.remove()
    }
  })
})
