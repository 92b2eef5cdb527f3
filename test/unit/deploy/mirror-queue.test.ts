import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MirrorQueue } from '#edge/deploy/shadow/mirror-queue.ts'
import type { Decided } from '#edge/pipeline.ts'
import { champion, placed, recordOf, sentOf } from './shadow-fixture.ts'

const batch = (rows: number, from = 0, values = {}): Decided => {
  const made = Array.from({ length: rows }, (_, k) => ({ ms: from + k, score: 0 }))
  return {
    record: recordOf(champion, made),
    placed,
    sent: made.map((row) => ({ ...sentOf(row), values })),
    raw: undefined,
    at: new Int32Array(rows),
  }
}
const pushed = (queue: MirrorQueue, decided: Decided, atMs = 0) => queue.push({ decided, atMs })

describe('the queue of a shadow', () => {
  it('gives rows in order, across batches', () => {
    const queue = new MirrorQueue({ rows: 100, bytes: 1e6 })
    const [one, other] = [batch(3), batch(4)]
    pushed(queue, one, 1)
    pushed(queue, other, 2)
    expect(queue.take(5).map(({ decided, row }) => [decided === one, row])).toEqual([
      [true, 0],
      [true, 1],
      [true, 2],
      [false, 0],
      [false, 1],
    ])
    expect([queue.rows, queue.oldestMs]).toEqual([2, 2])
    expect(queue.take(5)).toHaveLength(2)
    expect([queue.rows, queue.oldestMs]).toEqual([0, undefined])
  })

  it('lets the oldest whole batches leave, and of one that was begun what is left', () => {
    const queue = new MirrorQueue({ rows: 10, bytes: 1e6 })
    pushed(queue, batch(4))
    pushed(queue, batch(4, 10))
    queue.take(1)
    const left = pushed(queue, batch(6, 20))
    expect(left.map((rows) => rows.length)).toEqual([3])
    expect(queue.rows).toBe(10)
  })

  it('holds no more bytes than it may, not even of one batch', () => {
    const queue = new MirrorQueue({ rows: 100, bytes: 1000 })
    const picture = { image: 'x'.repeat(300) }
    expect(pushed(queue, batch(3, 0, picture))).toEqual([])
    expect(pushed(queue, batch(1, 0, picture)).map((rows) => rows.length)).toEqual([3])
    expect(pushed(queue, batch(4, 0, picture)).map((rows) => rows.length)).toEqual([1, 4])
    expect(queue.rows).toBe(0)
  })

  it('gives no more bytes at once than asked for, but one row at least', () => {
    const queue = new MirrorQueue({ rows: 100, bytes: 1e6 })
    pushed(queue, batch(7, 0, { image: 'x'.repeat(300) }))
    expect([queue.take(10, 1000), queue.take(10, 10), queue.take(10)].map((rows) => rows.length)).toEqual([
      3, 1, 3,
    ])
  })

  it('loses nothing: what was pushed was taken or has left', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.record({ push: fc.integer({ min: 1, max: 9 }) }), fc.record({ take: fc.nat(9) })),
        ),
        (steps) => {
          const queue = new MirrorQueue({ rows: 12, bytes: 1e6 })
          let [given, gone] = [0, 0]
          for (const each of steps) {
            if ('push' in each) {
              given += each.push
              for (const rows of pushed(queue, batch(each.push))) gone += rows.length
            } else gone += queue.take(each.take).length
            expect(queue.rows).toBe(given - gone)
            expect(queue.rows).toBeLessThanOrEqual(12)
          }
          for (const rows of queue.clear()) gone += rows.length
          expect(gone).toBe(given)
        },
      ),
      { numRuns: 50 },
    )
  })
})
