import { describe, expect, it } from 'vitest'
import { Pace } from '#edge/ingest/pace.ts'

describe('the size of a micro-batch', () => {
  it('starts small, and is full for a quick model', () => {
    const pace = new Pace(512, 1000)
    expect(pace.batch).toBe(16)
    pace.ran(16, 0.1)
    expect(pace.batch).toBe(512)
  })
  it('never takes more than a quarter of the deadline, and at least one row', () => {
    const pace = new Pace(512, 1000)
    pace.ran(16, 160)
    expect(pace.batch).toBe(25)
    pace.ran(1, 5000)
    expect(pace.batch).toBe(1)
  })
  it('forgets a slow run slowly', () => {
    const pace = new Pace(512, 1000)
    pace.ran(1, 100)
    const sizes = [1, 2, 3].map(() => {
      pace.ran(1, 1)
      return pace.batch
    })
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(sizes[0]).toBe(3)
  })
})
