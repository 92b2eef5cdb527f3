import { expect, it } from 'vitest'
import { retryInMs } from '#central/notify/backoff.ts'

it('waits anything up to twice as long each time, up to six hours', () => {
  const most = (attempts: number) => retryInMs(attempts, 1 - Number.EPSILON)
  expect([1, 2, 3, 4].map(most)).toEqual([5_000, 10_000, 20_000, 40_000])
  expect(most(500)).toBe(6 * 60 * 60_000)
  expect(retryInMs(10, 0.5)).toBe(Math.round(most(10) / 2))
  expect(retryInMs(10, 0)).toBe(1_000)
})
