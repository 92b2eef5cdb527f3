import { describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { backoff } from '#edge/update/download/backoff.ts'
import { Patience } from '#edge/update/download/patience.ts'
import { waitOf } from '#edge/update/sources/http-request.ts'
import { Unreachable } from '#edge/update/sources/unreachable.ts'

const most = () => 0.999_999

describe('backoff', () => {
  it('doubles its bound with each attempt, up to the cap', () => {
    const bounds = [0, 1, 2, 3, 20].map((n) => backoff(n, most, { baseMs: 1000, capMs: 5000 }))
    expect(bounds).toEqual([999, 1999, 3999, 4999, 4999])
  })
  it('is anything below the bound: machines that lost one server do not come back together', () => {
    expect([0, 0.25, 0.5].map((x) => backoff(3, () => x))).toEqual([0, 2000, 4000])
  })
  it('is never shorter than the server asked for', () => {
    expect(backoff(0, () => 0, { retryAfterMs: 7000 })).toBe(7000)
    expect(backoff(9, most, { retryAfterMs: 7000, capMs: 10 })).toBe(7009)
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 1970 00:01:40 GMT', 90_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s means %s ms', (said, ms) => expect(waitOf(said, 10_000)).toBe(ms))
})

describe('Patience', () => {
  const make = (options: object = {}) => {
    const waits: number[] = []
    const sleep = async (ms: number) => void waits.push(ms)
    const patience = new Patience({ tries: 3, longestWaitMs: 60_000, random: most, sleep, ...options })
    return { waits, patience }
  }
  const broken = new Unreachable('the line broke')

  it('waits longer each time, then gives up and says how often it tried', async () => {
    const { waits, patience } = make()
    await patience.after(broken, 0)
    await patience.after(broken, 0)
    await expect(patience.after(broken, 0)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: 'the line broke (tried 3 times)',
    })
    expect(waits).toEqual([999, 1999])
  })
  it('begins anew after an attempt that was worth it', async () => {
    const { waits, patience } = make({ worthwhileBytes: 1000 })
    for (let i = 0; i < 20; i++) await patience.after(broken, 1000)
    expect(new Set(waits)).toEqual(new Set([999]))
  })
  it('leaves a server alone that asks for more than it has', async () => {
    const { waits, patience } = make()
    const busy = new Unreachable('HTTP 503', { retryAfterMs: 60_001 })
    await expect(patience.after(busy, 0)).rejects.toBe(busy)
    expect(waits).toEqual([])
  })
  it.each([
    ['a refusal', new EdgewrightError('download-refused', 'no')],
    ['what fails alike at once', new Unreachable('HTTP 410', { again: false })],
    ['an error of the program', new TypeError('x is undefined')],
  ])('does not try %s again', async (_, error) => {
    const { waits, patience } = make()
    await expect(patience.after(error, 0)).rejects.toBe(error)
    expect(waits).toEqual([])
  })
  it('ends with the signal’s reason, also where it comes while it waits', async () => {
    const stop = new AbortController()
    const sleep = async () => {
      stop.abort(new Error('the runtime ends'))
      throw new Error('interrupted')
    }
    const { patience } = make({ sleep })
    await expect(patience.after(broken, 0, stop.signal)).rejects.toThrow('the runtime ends')
  })
})
