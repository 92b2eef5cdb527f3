import { describe, expect, it } from 'vitest'
import { noTries } from '#edge/people/lockout.ts'
import type { KeptPerson } from '#edge/people/people.ts'
import { Sessions } from '#edge/people/sessions.ts'

const keller = (): KeptPerson => ({
  id: 'k',
  name: 'M. Keller',
  role: 'technician',
  pin: { salt: '', hash: 'first', N: 2, r: 1, p: 1 },
  ...noTries,
})

function site() {
  const at = { now: 1_000_000, elapsed: 0 }
  const people = new Map([['k', keller()]])
  const find = (id: string) => people.get(id)
  const sessions = new Sessions({ find, now: () => at.now, elapsed: () => at.elapsed, idleMs: 600_000 })
  const pass = (ms: number) => {
    at.now += ms
    at.elapsed += ms
  }
  sessions.signIn('s', keller())
  return { at, people, sessions, pass }
}

describe('a browser that acts as a person', () => {
  it('does so until it was left alone for ten minutes', () => {
    const { sessions, pass } = site()
    expect(sessions.acting('s')).toEqual({
      id: 'k',
      name: 'M. Keller',
      role: 'technician',
      untilMs: 1_600_000,
    })
    expect(sessions.acting('another')).toBeUndefined()
    pass(599_999)
    expect(sessions.acting('s')).toBeDefined()
    pass(1)
    expect(sessions.acting('s')).toBeUndefined()
  })

  it('begins its ten minutes anew with what it does', () => {
    const { sessions, pass } = site()
    pass(500_000)
    sessions.touch('s')
    pass(500_000)
    expect(sessions.acting('s')?.untilMs).toBe(2_100_000)
  })

  it('gains no time by a clock that is set back, and loses the rest by one that is set forward', () => {
    const back = site()
    back.pass(599_999)
    back.at.now -= 3_600_000
    back.at.elapsed += 1
    expect(back.sessions.acting('s')).toBeUndefined()
    const forward = site()
    forward.at.now += 3_600_000
    expect(forward.sessions.acting('s')).toBeUndefined()
  })

  it('is the operator again once it is left', () => {
    const { sessions } = site()
    sessions.leave('s')
    expect(sessions.acting('s')).toBeUndefined()
    sessions.touch('s')
    expect(sessions.acting('s')).toBeUndefined()
  })

  it('ends with the person, and with their PIN; a role counts from the moment it is changed', () => {
    const removed = site()
    removed.people.delete('k')
    expect(removed.sessions.acting('s')).toBeUndefined()
    removed.people.set('k', keller())
    expect(removed.sessions.acting('s')).toBeUndefined()
    const changed = site()
    changed.people.set('k', { ...keller(), pin: { ...keller().pin, hash: 'second' } })
    expect(changed.sessions.acting('s')).toBeUndefined()
    const lower = site()
    lower.people.set('k', { ...keller(), role: 'operator' })
    expect(lower.sessions.acting('s')?.role).toBe('operator')
  })
})
