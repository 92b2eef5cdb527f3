import { describe, expect, it } from 'vitest'
import { Intake, type IntakeLimits } from '#edge/ingest/intake.ts'
import { Repeats } from '#edge/ingest/repeats.ts'
import type { Journal } from '#edge/journal/journal.ts'

interface Batch {
  raw: unknown[]
}
const limits = {
  maxBatch: () => 4,
  maxWaiting: 10,
  maxInFlight: 2,
  maxBatchBytes: 100,
  maxWaitingBytes: 1000,
}

/** An intake whose batches travel whole. */
const intakeOf = (fixed: IntakeLimits, carry: (raw: unknown[]) => Promise<Batch>) =>
  new Intake<Batch>(
    () => fixed,
    async (raw) => {
      const decided = await carry(raw)
      return raw.map((_, row) => ({ decided, row }))
    },
  )

describe('intake', () => {
  it('answers every reading in its order, over batches no larger than allowed', async () => {
    const sizes: number[] = []
    const intake = intakeOf(limits, async (raw) => {
      sizes.push(raw.length)
      return { raw }
    })
    const [a, b] = await Promise.all([intake.offer([1, 2, 3]), intake.offer([4, 5, 6, 7, 8, 9])])
    expect([...a, ...b].map(({ decided, row }) => decided.raw[row])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(sizes).toEqual([4, 4, 1])
  })

  it('gathers what comes in while the model is busy', async () => {
    const sizes: number[] = []
    let release: () => void = () => undefined
    const busy = new Promise<void>((resolve) => {
      release = resolve
    })
    const intake = intakeOf({ ...limits, maxInFlight: 1 }, async (raw) => {
      sizes.push(raw.length)
      await busy
      return { raw }
    })
    const first = intake.offer(['first'])
    await new Promise((resolve) => setImmediate(resolve))
    const rest = [1, 2, 3].map((n) => intake.offer([n]))
    await new Promise((resolve) => setImmediate(resolve))
    release()
    await Promise.all([first, ...rest])
    expect(sizes).toEqual([1, 3])
  })

  it('refuses what does not fit in the queue, and takes a large array on an empty one', async () => {
    const intake = intakeOf(limits, async (raw) => ({ raw }))
    const large = intake.offer(Array.from({ length: 25 }, (_, i) => i))
    expect(() => intake.offer([1])).toThrow(/25 readings wait/)
    expect(await large).toHaveLength(25)
    expect(await intake.offer([1])).toHaveLength(1)
  })

  it('a stream waits for room where a request would be refused', async () => {
    const intake = intakeOf(limits, async (raw) => ({ raw }))
    const first = intake.offer(Array.from({ length: 10 }, (_, i) => i))
    let entered = 0
    const streams = [1, 2, 3].map(async () => {
      const answers = await intake.offerPatiently([1, 2, 3, 4])
      entered += 1
      return answers
    })
    expect(entered).toBe(0)
    expect(await first).toHaveLength(10)
    expect((await Promise.all(streams)).flat()).toHaveLength(12)
  })

  it('a failed submission ends only when nothing of it is under way, and the rest of it is never decided', async () => {
    const carried: unknown[][] = []
    let release: () => void = () => undefined
    const slow = new Promise<void>((resolve) => {
      release = resolve
    })
    const intake = intakeOf({ ...limits, maxInFlight: 2 }, async (raw) => {
      carried.push(raw)
      if (raw.includes(0)) throw new Error('disk full')
      await slow
      return { raw }
    })
    let ended = false
    const outcome = intake.offer(Array.from({ length: 20 }, (_, i) => i)).catch((error: Error) => {
      ended = true
      return error.message
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(ended).toBe(false)
    release()
    expect(await outcome).toBe('disk full')
    expect(carried).toHaveLength(2)
    expect(intake.waiting).toBe(0)
  })

  it('passes a failure on to everybody in the batch and goes on', async () => {
    let fails = true
    const intake = intakeOf(limits, async (raw) => {
      if (fails) throw new Error('disk full')
      return { raw }
    })
    await expect(Promise.all([intake.offer([1]), intake.offer([2])])).rejects.toThrow('disk full')
    fails = false
    expect(await intake.offer([3])).toHaveLength(1)
  })
})

describe('repeated ids', () => {
  const known = { decision: { readingId: 'old' } }
  const journal = { reading: (id: string) => (id === 'old' ? known : undefined) } as unknown as Journal

  it('decides an id once: in one array, on its way, and in the journal', async () => {
    const decided: unknown[] = []
    const repeats = new Repeats<Batch>('m', journal)
    const decide = async (raw: readonly unknown[]) => {
      decided.push(...raw)
      await new Promise((resolve) => setImmediate(resolve))
      return raw.map((_, row) => ({ decided: { raw: [...raw] }, row }))
    }
    const [first, second] = await Promise.all([
      repeats.offer([{ id: 'a' }, { id: 'a' }, { id: 'old' }, { n: 1 }], decide),
      repeats.offer([{ id: 'a' }, { id: 'b' }], decide),
    ])
    expect(decided).toEqual([{ id: 'a' }, { n: 1 }, { id: 'b' }])
    expect(first[1]).toBe(first[0])
    expect(first[2]).toEqual({ decision: known.decision })
    expect(second[0]).toBe(first[0])
  })

  it('submissions enter whole, in their order, with and without ids', async () => {
    const entered: unknown[] = []
    const repeats = new Repeats<Batch>('m', journal)
    const decide = async (raw: readonly unknown[]) => {
      entered.push(...raw.map((reading) => (reading as { n: number }).n))
      return raw.map((_, row) => ({ decided: { raw: [...raw] }, row }))
    }
    const numbers = Array.from({ length: 1500 }, (_, n) => n)
    const withIds = (from: number, to: number) => numbers.slice(from, to).map((n) => ({ id: `n${n}`, n }))
    await Promise.all([
      repeats.offer(withIds(0, 700), decide),
      repeats.offer(
        numbers.slice(700, 800).map((n) => ({ n })),
        decide,
      ),
      repeats.offer(withIds(800, 1500), decide),
    ])
    expect(entered).toEqual(numbers)
  })

  it('forgets an id whose decision failed', async () => {
    let fails = true
    const repeats = new Repeats<Batch>('m', journal)
    const decide = async (raw: readonly unknown[]) => {
      if (fails) throw new Error('disk full')
      return raw.map((_, row) => ({ decided: { raw: [...raw] }, row }))
    }
    await expect(repeats.offer([{ id: 'a' }], decide)).rejects.toThrow('disk full')
    fails = false
    expect(await repeats.offer([{ id: 'a' }], decide)).toHaveLength(1)
  })
})

describe('readings that bring a lot', () => {
  const heavy = { ...limits, maxBatch: () => 100, maxInFlight: 1, bytesOf: (raw: unknown) => raw as number }

  it('share a batch only up to its bytes; one that is larger goes alone', async () => {
    const batches: unknown[][] = []
    const intake = intakeOf(heavy, async (raw) => {
      batches.push(raw)
      return { raw }
    })
    const sent = [[40, 50], [60], [500], [1, 2]]
    const answers = await Promise.all(sent.map((raw) => intake.offer(raw)))
    expect(batches).toEqual([[40, 50], [60], [500], [1, 2]])
    expect(answers.map((group) => group.map(({ decided, row }) => decided.raw[row]))).toEqual(sent)
    expect(intake.waiting).toBe(0)
  })

  it('are refused where too many bytes wait, however few readings they are', async () => {
    const gate = Promise.withResolvers<void>()
    const intake = intakeOf(heavy, async (raw) => {
      await gate.promise
      return { raw }
    })
    const first = intake.offer([90])
    await new Promise((resolve) => setImmediate(resolve))
    const waiting = intake.offer([900])
    expect(() => intake.offer([200])).toThrow('wait already')
    const patient = intake.offerPatiently([200])
    gate.resolve()
    expect((await Promise.all([first, waiting, patient])).flat()).toHaveLength(3)
  })
})
