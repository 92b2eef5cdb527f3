import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publicKeyOf } from '#edge/audit/tools.ts'
import { address, codeFor, FakeCentral } from '../../unit/link/fake-central.ts'
import { type LinkedMachine, linkedMachine } from './machine.ts'

let central: FakeCentral
let machine: LinkedMachine
beforeEach(async () => {
  central = new FakeCentral()
  machine = await linkedMachine(central)
})
afterEach(() => machine.close())

const admin = 'A. Meyer (admin)'
const own = () => `device-${machine.trail.key.device?.slice(0, 16)}`

/** Joined, confirmed, and heard of once. */
async function enrolled(): Promise<void> {
  await machine.link.enrol(codeFor(central), admin)
  central.state = 'enrolled'
  await machine.beat()
}

describe('joining a fleet', () => {
  it('waits until an admin has compared the fingerprint, and is told then', async () => {
    expect(machine.link.membership()).toMatchObject({ state: 'not-enrolled', central: null })
    expect(await machine.link.enrol(codeFor(central), admin)).toMatchObject({
      state: 'waiting',
      central: address,
    })
    await machine.beat()
    expect(machine.link.standing()).toMatchObject({ state: 'waiting', problem: 'it is waiting' })
    central.state = 'enrolled'
    await machine.beat()
    expect(machine.link.standing()).toMatchObject({ state: 'enrolled', problem: null, isConnected: true })
    expect(machine.link.membership()).toEqual({
      state: 'enrolled',
      central: address,
      device: machine.trail.key.device,
    })
    expect(machine.events('enrolment.confirmed')).toHaveLength(1)
    expect(machine.events('enrolment.made')).toMatchObject([{ site: 'north', groups: ['presses'] }])
  })

  it('puts the machine’s own group first', async () => {
    await enrolled()
    expect(machine.asked.moved).toEqual([
      { site: 'north', groups: [own(), 'presses'], source: `${address}/repository/` },
    ])
  })

  it('ends the same when the answer was lost and the code is given again', async () => {
    central.losesAnswers = 1
    await expect(machine.link.enrol(codeFor(central), admin)).rejects.toMatchObject({
      code: 'central-unreachable',
    })
    expect(machine.link.membership().state).toBe('not-enrolled')
    expect(await machine.link.enrol(codeFor(central), admin)).toMatchObject({ state: 'waiting' })
    expect(await machine.link.enrol(codeFor(central), admin)).toMatchObject({ state: 'waiting' })
    expect(machine.asked.moved).toHaveLength(1)
  })

  it('says what central says against a code, and changes nothing', async () => {
    const code = codeFor(central)
    central.joinToken = 'x'.repeat(43)
    await expect(machine.link.enrol(code, admin)).rejects.toMatchObject({
      code: 'join-refused',
      message: 'the code was used already',
    })
    expect(machine.settings.values.central).toBeUndefined()
    expect(machine.asked).toEqual({ trusted: [], moved: [], checks: 0 })
  })

  it('is possible with a clock that is wrong, by central’s nonce', async () => {
    central.nonce = 'n-1'
    machine.clock.nowMs = 0
    await enrolled()
    expect(machine.link.standing().state).toBe('enrolled')
    expect(machine.link.clockOffsetMs()).toBe(-central.nowMs)
    expect(machine.events('clock.differs')).toEqual([{ offsetMs: -central.nowMs }])
  })

  it('is refused at another central before this one was left', async () => {
    await enrolled()
    const other = codeFor(central)
    const moved = JSON.parse(Buffer.from(other.slice(5), 'base64url').toString()) as object
    const code = `ewj1.${Buffer.from(JSON.stringify({ ...moved, url: 'http://other.test' })).toString('base64url')}`
    await expect(machine.link.enrol(code, admin)).rejects.toThrow(
      /enrolled at http:\/\/central\.test already/,
    )
    expect(await machine.link.leave(admin)).toMatchObject({ state: 'not-enrolled', central: null })
    expect(machine.link.membership()).toMatchObject({ state: 'not-enrolled', central: null })
    expect(machine.events('enrolment.left')).toHaveLength(1)
  })
})

describe('the root of the fleet', () => {
  const [one, two] = ['{"one":1}', '{"two":2}']
  const print = (text: string) => createHash('sha256').update(text).digest('hex')

  async function withRoots(believed: string | null): Promise<LinkedMachine> {
    await machine.close()
    machine = await linkedMachine(central, { roots: [one, two] })
    if (believed !== null)
      Object.assign(machine.updates, { trust: 'current', root: { fingerprint: believed } })
    return machine
  }

  it('is anchored where the code names it', async () => {
    await withRoots(null)
    await machine.link.enrol(codeFor(central, print(two)), admin)
    expect(machine.asked.trusted).toEqual([
      {
        root: two,
        site: 'north',
        groups: [own(), 'presses'],
        source: `${address}/repository/`,
        recover: false,
      },
    ])
  })

  it('is not believed anew where the code is given again: what it assigns would be forgotten', async () => {
    await withRoots(null)
    const code = codeFor(central, print(two))
    await machine.link.enrol(code, admin)
    Object.assign(machine.updates, { trust: 'anchored', root: { fingerprint: print(two) } })
    expect(await machine.link.enrol(code, admin)).toMatchObject({ state: 'waiting' })
    expect([machine.asked.trusted.length, machine.asked.moved.length]).toEqual([1, 0])
  })

  it('is looked at before the code is spent', async () => {
    await withRoots(null)
    await expect(machine.link.enrol(codeFor(central, print('other')), admin)).rejects.toThrow(/other roots/)
    expect(central.asked).toEqual([])
  })

  it('stays another’s where this machine believes one, but for --recover', async () => {
    await withRoots(print('another'))
    const code = codeFor(central, print(two))
    await expect(machine.link.enrol(code, admin)).rejects.toMatchObject({ code: 'trust-exists' })
    expect(central.asked).toEqual([])
    await machine.link.enrol(code, admin, true)
    expect(machine.asked.trusted).toMatchObject([{ root: two, recover: true }])
  })
})

describe('a heartbeat', () => {
  it('brings the whole report where something is news, else only that the machine is there', async () => {
    await enrolled()
    central.answer = { wantReport: true }
    machine.clock.elapsedMs -= 5 * 60_000 // the whole report comes every five minutes anyway
    await machine.beat()
    central.answer = {}
    machine.clock.elapsedMs -= 5 * 60_000
    await machine.beat()
    machine.clock.elapsedMs -= 5 * 60_000
    await machine.beat()
    expect(central.beats.map(({ report }) => report !== undefined)).toEqual([true, false, true, false])
    expect(central.beats[0]).toMatchObject({ epoch: machine.journal.epoch, wallMs: machine.clock.nowMs })
  })

  it('comes within five seconds of news, and not more often', async () => {
    await enrolled()
    const count = () => central.beats.length
    const before = count()
    machine.link.soon()
    machine.clock.elapsedMs += 4_000
    await machine.link.tick()
    expect(count()).toBe(before)
    machine.clock.elapsedMs += 1_000
    await machine.link.tick()
    expect(count()).toBe(before + 1)
  })

  it('takes over site and groups from central, own group first, and says who', async () => {
    await enrolled()
    Object.assign(central, { site: 'south', groups: ['drills'] })
    await machine.beat()
    await machine.beat()
    expect(machine.asked.moved.slice(1)).toEqual([{ site: 'south', groups: [own(), 'drills'] }])
    expect(machine.events('enrolment.moved')).toMatchObject([{ site: 'south', groups: ['drills'] }])
    expect(machine.link.standing()).toMatchObject({ site: 'south', groups: ['drills'] })
  })

  it('looks for updates where central asks for it', async () => {
    await enrolled()
    central.answer = { checkUpdates: true }
    await machine.beat()
    expect(machine.asked.checks).toBe(1)
  })

  it('tells away from refused, keeps a refusal over a restart, and comes back by itself', async () => {
    await enrolled()
    central.isAway = true
    await machine.beat()
    expect(machine.link.standing()).toMatchObject({
      ...{ state: 'enrolled', isConnected: false },
      problem: 'nothing listens at this address',
    })
    central.isAway = false
    central.state = 'quarantined'
    central.tokens.clear()
    await machine.beat()
    machine = await machine.restart()
    expect(machine.link.standing()).toMatchObject({ state: 'refused', problem: 'it is quarantined' })
    expect(machine.events('enrolment.refused')).toHaveLength(1)
    central.state = 'enrolled'
    await machine.beat()
    expect(machine.link.standing()).toMatchObject({ state: 'enrolled', problem: null })
  })
})

describe('checkpoints', () => {
  it('are taken at each reconnection, sent until they are countersigned, and kept so', async () => {
    await enrolled()
    await machine.beat()
    await machine.beat()
    expect(central.beats.map(({ checkpoint }) => checkpoint?.checkpoint.signed.counter)).toEqual([
      undefined,
      1,
      1,
    ])
    central.signs = true
    await machine.beat()
    await machine.beat()
    expect(central.beats.at(-1)?.checkpoint).toBeUndefined()
    expect(machine.trail.key).toMatchObject({
      checkpoint: { counter: 1 },
      countersigned: { counter: 1, by: publicKeyOf(central.key) },
    })
    const lines = readFileSync(join(machine.dir, 'checkpoints.ndjson'), 'utf8').trim().split('\n')
    expect(lines.map((line) => 'countersignature' in (JSON.parse(line) as object))).toEqual([false, true])
    machine = await machine.restart()
    expect(machine.trail.key.countersigned).toMatchObject({
      counter: 1,
      signedAt: '2026-11-21T12:00:00.000Z',
    })
    expect(await machine.trail.verify()).toMatchObject({
      ok: true,
      checkpoints: { count: 1, countersigned: { counter: 1, by: publicKeyOf(central.key) }, strangers: 0 },
    })
  })

  it('are brought again soon where what they attest is still on its way, three times', async () => {
    await enrolled()
    for (let second = 0; second < 40; second++) {
      machine.clock.elapsedMs += 1000
      await machine.link.tick()
    }
    // By itself at 5 s, when it was taken; then again at 10, 15 and 20 s; then each minute.
    expect(central.beats).toHaveLength(5)
    expect(
      new Set(central.beats.slice(1).map(({ checkpoint }) => checkpoint?.checkpoint.signed.counter)),
    ).toEqual(new Set([1]))
  })

  it('keep no countersignature that comes after a newer one was taken', async () => {
    await enrolled()
    const signed = central.countersigned(machine.trail.unwitnessed)!
    const key = publicKeyOf(central.key)
    const forged = { ...signed, signature: signed.signature.replace(/^./, (x) => (x === 'A' ? 'B' : 'A')) }
    expect(await machine.trail.countersign(1, forged, key)).toBe('broken')
    expect(await machine.trail.countersign(1, signed, 'ab'.repeat(32))).toBe('stranger')
    expect(await machine.trail.countersign(1, signed, undefined)).toBe('stranger')
    expect(machine.trail.key.countersigned).toBeNull()
    expect(await machine.trail.countersign(1, signed, key)).toBe('kept')
    await machine.trail.checkpoint('hourly')
    expect(await machine.trail.countersign(1, signed, key)).toBe('late')
    expect(await machine.trail.verify()).toMatchObject({ ok: true, checkpoints: { count: 2 } })
  })
})

describe('what this machine is', () => {
  it('is kept where settings are lost, and where the journal begins anew', async () => {
    await enrolled()
    machine = await machine.restart()
    expect(machine.link.standing().state).toBe('enrolled')
    await machine.link.close()
    await machine.journal.close()
    writeFileSync(join(machine.dir, 'settings.json'), '{"machine":"x","allowUnsigned":false}')
    machine = await linkedMachine(central, { dir: machine.dir })
    expect(machine.link.standing()).toMatchObject({ state: 'enrolled', central: address, site: 'north' })
  })

  it('is nothing any more where its key was replaced, and says so', async () => {
    await enrolled()
    await machine.link.close()
    await machine.journal.close()
    writeFileSync(join(machine.dir, 'device.key'), 'no key')
    machine = await linkedMachine(central, { dir: machine.dir })
    expect(machine.link.standing()).toMatchObject({ state: 'refused' })
    const asked = central.asked.length
    await machine.beat()
    expect(central.asked).toHaveLength(asked)
    await machine.trail.renewKey(admin, 'lost')
    expect(machine.link.standing().problem).toMatch(/enrol it again/)
    central.joinToken = 'k'.repeat(43)
  })

  it('can be told by a code at the first start, tried until central answers', async () => {
    central.isAway = true
    await machine.link.start({ code: codeFor(central) })
    await machine.beat()
    expect(machine.link.standing()).toMatchObject({
      state: 'not-enrolled',
      problem: expect.stringMatching(/listens/),
    })
    central.isAway = false
    await machine.beat()
    expect(machine.link.standing().state).toBe('waiting')
    await expect(machine.link.start({ code: 'nonsense' })).resolves.toBeUndefined() // it is enrolled: says nothing new
  })
})
