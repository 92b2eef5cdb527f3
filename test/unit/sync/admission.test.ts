import { describe, expect, it } from 'vitest'
import { accessTokenMs, makeAccessToken, tokenReader } from '#central/devices/access-token.ts'
import { Admission } from '#central/sync/admission.ts'
import { Busy } from '#central/sync/refusals.ts'

describe('batches that wait for their turn', () => {
  const places = { most: 1, waiting: 3, bytes: 100, random: () => 0 }

  it('find a place while all of them together are small enough, and go in their order', async () => {
    const admission = new Admission(places)
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const order: string[] = []
    const come = (name: string, bytes: number) => admission.run(bytes, async () => void order.push(name))
    const first = admission.run(1_000, () => over)
    const waiting = [come('a', 60), come('b', 40)]
    await expect(come('one byte too many', 1)).rejects.toThrow(Busy)
    expect(admission.load).toEqual({ inside: 1, waiting: 2 })
    end()
    await Promise.all([first, ...waiting])
    expect(order).toEqual(['a', 'b'])
    // What has gone no longer counts.
    await Promise.all([come('c', 1), come('d', 60), come('e', 40)])
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('are so many at most, however small', async () => {
    const admission = new Admission(places)
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const all = Array.from({ length: 4 }, () => admission.run(1, () => over))
    await expect(admission.run(1, () => over)).rejects.toThrow(Busy)
    end()
    await Promise.all(all)
  })
})

describe('an access token that was read before', () => {
  const secret = Buffer.alloc(32, 1)
  const nowMs = 1.8e12

  it('ends when it would have ended, and with the secret that it was made with', async () => {
    const deviceOf = tokenReader()
    const token = await makeAccessToken(secret, 'machine', nowMs)
    const read = (at: number, by = secret) => deviceOf(by, token, at)
    expect(await read(nowMs)).toBe('machine')
    expect(await read(nowMs + accessTokenMs - 1)).toBe('machine')
    expect(await read(nowMs + accessTokenMs)).toBeUndefined()
    expect(await read(nowMs, Buffer.alloc(32, 2))).toBeUndefined()
    expect(await read(nowMs)).toBe('machine')
    expect(await deviceOf(secret, `${token}x`, nowMs)).toBeUndefined()
  })
})
