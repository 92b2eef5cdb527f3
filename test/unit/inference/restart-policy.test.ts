import { describe, expect, it } from 'vitest'
import { afterEnding, type Ending, nothingInARow } from '#edge/inference/restart-policy.ts'

const limits = { crashLimit: 3, backoffMs: (n: number) => 10 * n, retryMs: 9000 }

/** What follows each of these endings, one after the other. */
function follow(endings: Ending[], failedBefore = false) {
  let tally = nothingInARow
  let failed = failedBefore
  return endings.map((ending) => {
    const verdict = afterEnding(tally, ending, failed, limits)
    ;({ tally, failed } = verdict)
    return `${failed ? 'failed' : 'restarting'} ${verdict.delayMs}`
  })
}

describe('after the end of a lane', () => {
  it('waits longer each time, and counts it as failed after as many crashes as it may have', () => {
    expect(follow(['crash', 'crash', 'crash'])).toEqual(['restarting 10', 'restarting 20', 'failed 9000'])
  })
  it('tries a failed lane again, however it ended', () => {
    expect(follow(['crash', 'refused', 'overrun'], true)).toEqual([
      'failed 9000',
      'failed 9000',
      'failed 9000',
    ])
  })
  it('a refused model has failed at once', () => {
    expect(follow(['refused'])).toEqual(['failed 9000'])
  })
  it('overruns wait longer each time and never count towards failing', () => {
    const many = new Array<Ending>(50).fill('overrun')
    expect(follow(many).at(-1)).toBe('restarting 500')
    expect(follow([...many, 'crash', 'crash']).at(-1)).toBe('restarting 520')
    expect(follow([...many, 'crash', 'crash', 'crash']).at(-1)).toBe('failed 9000')
  })
  it('a lane that failed, loaded and crashed at once has failed again', () => {
    const { tally } = afterEnding({ crashes: 2, overruns: 0 }, 'crash', false, limits)
    expect(afterEnding(tally, 'crash', false, limits)).toMatchObject({ failed: true, delayMs: 9000 })
  })
})
