import { describe, expect, it } from 'vitest'
import { afterEnding, describeEnding, type Ending } from '../../../electron/main/decide/supervision.ts'

const limits = { restarts: 3, windowMs: 60_000, firstDelayMs: 1_000, longestDelayMs: 3_000 }
const crash = (atMs: number): Ending => ({
  atMs,
  wasReady: true,
  code: null,
  signal: 'SIGSEGV',
  lastWords: '',
})

describe('the supervision of a runtime', () => {
  it('starts it again, each time later, and no later than the bound', () => {
    const delays = [1, 2, 3].map((n) =>
      afterEnding(
        Array.from({ length: n }, (_, i) => crash(i * 1_000)),
        limits,
      ),
    )
    expect(delays).toEqual([
      { do: 'restart', delayMs: 1_000, restart: 1, of: 3 },
      { do: 'restart', delayMs: 2_000, restart: 2, of: 3 },
      { do: 'restart', delayMs: 3_000, restart: 3, of: 3 },
    ])
  })

  it('gives a crash loop up', () => {
    const endings = [0, 1, 2, 3].map((n) => crash(n * 1_000))
    expect(afterEnding(endings, limits)).toEqual({ do: 'give-up', endings: 4, withinMs: 60_000 })
  })

  it('goes on for ever where it ends now and then', () => {
    const endings = Array.from({ length: 50 }, (_, n) => crash(n * 60_000))
    expect(afterEnding(endings, limits)).toEqual({ do: 'restart', delayMs: 1_000, restart: 1, of: 3 })
  })

  it('does not repeat a start that was refused in words', () => {
    const refusal: Ending = {
      atMs: 0,
      wasReady: false,
      code: 1,
      signal: null,
      lastWords: 'the port is taken',
    }
    expect(afterEnding([refusal], limits)).toEqual({ do: 'refused' })
    expect(afterEnding([{ ...refusal, wasReady: true }], limits).do).toBe('restart')
    expect(afterEnding([{ ...refusal, lastWords: '' }], limits).do).toBe('restart')
    expect(afterEnding([{ ...refusal, code: 134 }], limits).do).toBe('restart')
  })

  it('says how it ended', () => {
    expect(describeEnding(crash(0))).toBe('SIGSEGV')
    expect(describeEnding({ ...crash(0), signal: null, code: 1, lastWords: 'no space' })).toBe(
      'status 1: no space',
    )
  })
})
