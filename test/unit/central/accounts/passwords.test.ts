import { expect, it } from 'vitest'
import { afterWrong, lockedUntil, noTries, type Tries } from '#central/accounts/lockout.ts'
import { PasswordDesk } from '#central/accounts/passwords.ts'

it('knows a password again, in whatever normal form it is typed, and no other', async () => {
  const desk = new PasswordDesk()
  const kept = await desk.hash('caf\u00e9 au lait, deux')
  expect(await desk.matches('cafe\u0301 au lait, deux', kept)).toBe(true)
  expect(await desk.matches('cafe au lait, deux', kept)).toBe(false)
})

it('does the same work for somebody who is not there, one at a time, and refuses a flood', async () => {
  const log: string[] = []
  const desk = new PasswordDesk(async (_text, _salt, length, { N }) => {
    log.push(`begin ${N}`)
    await Promise.resolve()
    log.push('end')
    return Buffer.alloc(length)
  })
  const all = Array.from({ length: 12 }, () => desk.inTurn(() => desk.matches('anything at all', null)))
  const answers = await Promise.allSettled(all)
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(9)
  expect(log.slice(0, 4)).toEqual(['begin 131072', 'end', 'begin 131072', 'end'])
})

it('locks from the tenth wrong password on, twice as long each time, up to an hour', () => {
  let tries: Tries = noTries
  const minutes = Array.from({ length: 20 }, () => {
    tries = afterWrong(tries, 0)
    return (tries.lockedUntilMs ?? 0) / 60_000
  })
  expect(minutes).toEqual([...Array(9).fill(0), 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
})

it('makes no lock longer where the clock is set back', () => {
  const tries = { failures: 10, lockedUntilMs: 10_000_000 }
  expect(lockedUntil(tries, 9_999_000)).toBe(10_000_000)
  expect(lockedUntil(tries, 1_000_000)).toBe(1_060_000)
  expect(lockedUntil(tries, 10_000_000)).toBe(null)
})
