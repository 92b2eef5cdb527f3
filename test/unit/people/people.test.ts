import { scryptSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventRow, Journal, Transaction } from '#edge/journal/journal.ts'
import { People } from '#edge/people/people.ts'
import { type Derive, PinDesk } from '#edge/people/pins.ts'

const minute = 60_000
const pin = '246813'

/** State and events, all of a unit or nothing; no disk. */
function memoryJournal() {
  let state: Record<string, string> = {}
  const events: EventRow[] = []
  const full = { disk: false }
  const journal: Pick<Journal, 'state' | 'write'> = {
    state: <T>(key: string) => (state[key] === undefined ? undefined : (JSON.parse(state[key]) as T)),
    write: async <T>(work: (tx: Transaction) => T): Promise<T> => {
      const before = { ...state }
      const rows: EventRow[] = []
      const tx = {
        putState: (key: string, value: unknown) => {
          state[key] = JSON.stringify(value)
        },
        events: (_: string, more: EventRow[]) => void rows.push(...more),
      } as unknown as Transaction
      try {
        const result = work(tx)
        if (full.disk) throw new Error('no space left on the disk')
        events.push(...rows)
        return result
      } catch (error) {
        state = before
        throw error
      }
    },
  }
  return { journal, events, full }
}

let derived: number
/** The real function with a cost that a test can pay. */
const cheap: Derive = async (text, salt, length) => {
  derived += 1
  return scryptSync(text, salt, length, { N: 2, r: 1, p: 1 })
}

function site(derive: Derive = cheap) {
  const at = { now: Date.parse('2026-11-24T14:00:00Z') }
  const memory = memoryJournal()
  let ids = 0
  const make = () =>
    new People({
      journal: memory.journal,
      pins: new PinDesk(derive),
      now: () => at.now,
      randomUUID: () => `id-${++ids}`,
    })
  const people = make()
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code?: string }) => error.code ?? 'other',
    )
  const kinds = () => memory.events.map(({ kind }) => kind)
  return { at, ...memory, people, again: make, code, kinds }
}

const keller = { name: 'M. Keller', role: 'technician', pin } as const

describe('people at a machine', () => {
  beforeEach(() => {
    derived = 0
  })

  it('are added, listed by name, given other PINs and removed, each in the record; a PIN is kept nowhere', async () => {
    const { people, events, journal, kinds, code } = site()
    const added = await people.add(keller, 'admin')
    await people.add({ name: 'A. Berg', role: 'admin', pin: '135790' }, 'admin')
    expect(people.list().map(({ name }) => name)).toEqual(['A. Berg', 'M. Keller'])
    await people.setPin(added.id, '999111', 'M. Keller (technician)')
    expect(await code(people.check(added.id, pin, 'operator'))).toBe('pin-wrong')
    expect(await people.check(added.id, '999111', 'operator')).toMatchObject({ name: 'M. Keller' })
    await people.remove(added.id, 'A. Berg (admin)')
    expect(people.find(added.id)).toBeUndefined()
    expect(kinds()).toEqual([
      'person.added',
      'person.added',
      'pin.changed',
      'pin.wrong',
      'session.person',
      'person.removed',
    ])
    expect(events.at(-1)).toMatchObject({ by: 'A. Berg (admin)', body: { name: 'M. Keller' } })
    const all = JSON.stringify([journal.state('people'), events])
    for (const secret of [pin, '135790', '999111']) expect(all).not.toContain(secret)
  })

  it('have names of their own, however they are written', async () => {
    const { people, code } = site()
    await people.add(keller, 'admin')
    for (const name of ['m. keller', 'M.  Keller', 'Ｍ. Keller'])
      expect(await code(people.add({ ...keller, name }, 'admin'))).toBe('person-exists')
    const both = [
      people.add({ ...keller, name: 'B' }, 'admin'),
      people.add({ ...keller, name: 'b' }, 'admin'),
    ]
    expect((await Promise.all(both.map(code))).sort()).toEqual(['done', 'person-exists'])
  })

  it('are locked out by the fifth wrong PIN, whoever has the right one, until the time is over', async () => {
    const { people, at, code, kinds, events, again } = site()
    const { id } = await people.add(keller, 'admin')
    const wrong = () => code(people.check(id, '000000', 'operator'))
    for (let k = 0; k < 4; k++) expect(await wrong()).toBe('pin-wrong')
    expect(await wrong()).toBe('locked-out')
    expect(kinds().slice(-2)).toEqual(['pin.wrong', 'person.locked'])
    expect(events.at(-1)?.body).toMatchObject({ until: '2026-11-24T14:01:00.000Z' })
    const looked = derived
    // A restart forgets nothing.
    expect(await code(again().check(id, pin, 'operator'))).toBe('locked-out')
    expect(derived).toBe(looked)
    expect(people.list()[0]?.lockedUntil).toBe('2026-11-24T14:01:00.000Z')
    at.now += minute
    expect(await wrong()).toBe('locked-out')
    expect(people.list()[0]?.lockedUntil).toBe('2026-11-24T14:03:00.000Z')
    at.now += 2 * minute
    expect(await code(people.check(id, pin, 'operator'))).toBe('done')
    expect(await wrong()).toBe('pin-wrong')
  })

  it('are let in again by a new PIN', async () => {
    const { people, code } = site()
    const { id } = await people.add(keller, 'admin')
    for (let k = 0; k < 5; k++) await code(people.check(id, '000000', 'operator'))
    await people.setPin(id, '777777', 'admin')
    expect(await code(people.check(id, '777777', 'operator'))).toBe('done')
  })

  it('who are not there cost the same work and get the same answers, and give no endless tries', async () => {
    const { people, code, kinds } = site()
    await people.add(keller, 'admin')
    derived = 0
    const answers = []
    for (let k = 0; k < 7; k++) answers.push(await code(people.check(`nobody-${k}`, pin, 'operator')))
    expect(answers).toEqual([...Array(4).fill('pin-wrong'), ...Array(3).fill('locked-out')])
    expect(derived).toBe(5)
    expect(kinds().filter((kind) => kind === 'pin.wrong')).toHaveLength(5)
  })

  it('a lock goes on for what it was meant to, where the clock is set back by years', async () => {
    const { people, at, code } = site()
    const { id } = await people.add(keller, 'admin')
    for (let k = 0; k < 5; k++) await code(people.check(id, '000000', 'operator'))
    at.now = 0
    expect(await code(people.check(id, pin, 'operator'))).toBe('locked-out')
    at.now += minute
    expect(await code(people.check(id, pin, 'operator'))).toBe('done')
  })

  it('nobody is let in, and nothing is told of the PIN, where it cannot be written down', async () => {
    const { people, code, full } = site()
    const { id } = await people.add(keller, 'admin')
    full.disk = true
    const answers = [people.check(id, pin, 'operator'), people.check(id, '000000', 'operator')].map(code)
    expect(await Promise.all(answers)).toEqual(['other', 'other'])
  })

  it('a PIN that is changed while it is looked at lets nobody in', async () => {
    const gate = Promise.withResolvers<void>()
    let slow = false
    const { people, code, journal } = site(async (text, salt, length, options) => {
      if (slow) await gate.promise
      return cheap(text, salt, length, options)
    })
    const { id } = await people.add(keller, 'admin')
    slow = true
    const check = code(people.check(id, pin, 'operator'))
    const kept = journal.state<{ people: { pin: { hash: string } }[] }>('people')!
    kept.people[0]!.pin.hash = 'another'
    await journal.write((tx) => tx.putState('people', kept))
    gate.resolve()
    expect(await check).toBe('pin-wrong')
  })

  it('a flood of tries takes one thread at a time, and is turned away beyond a short queue', async () => {
    let [busy, most] = [0, 0]
    const { people, code } = site(async (text, salt, length, options) => {
      most = Math.max(most, ++busy)
      await new Promise(setImmediate)
      busy -= 1
      return cheap(text, salt, length, options)
    })
    const { id } = await people.add(keller, 'admin')
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => code(people.check(id, pin, 'operator'))),
    )
    expect(most).toBe(1)
    expect(answers.filter((each) => each === 'done')).toHaveLength(5)
    expect(answers.filter((each) => each === 'queue-full')).toHaveLength(45)
    expect(await code(people.check(id, pin, 'operator'))).toBe('done')
  })
})

describe('the hash of a PIN', () => {
  it('is scrypt with 2^15 rounds, a salt of its own, and its parameters beside it', async () => {
    const desk = new PinDesk()
    const kept = await desk.hash(pin)
    expect(kept).toMatchObject({ N: 32_768, r: 8, p: 1 })
    const salt = Buffer.from(kept.salt, 'base64')
    expect(salt).toHaveLength(16)
    const own = scryptSync(pin, salt, 32, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 })
    expect(kept.hash).toBe(own.toString('base64'))
    expect((await desk.hash(pin)).hash).not.toBe(kept.hash)
    expect([await desk.matches(pin, kept), await desk.matches('246814', kept)]).toEqual([true, false])
    expect(await desk.matches(pin, undefined)).toBe(false)
  })
})
