import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { download } from '#edge/update/download/download.ts'
import { Downloads } from '#edge/update/download/downloads.ts'
import type { RepositorySource } from '#edge/update/source.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'
import { lacking } from '#support/faults/needs.ts'
import { type Answer, type Answering, head, made, serving, sha256, wellWith } from './bad-server.ts'
import { runningBeside } from './beside.ts'
import { startDownload } from './child.ts'
import { filesIn, folder, watched } from './fixture.ts'

/** Rows 21 to 28 of the fault table, as they concern a download. */
const { dir, beside } = runningBeside()
afterEach(() => rmSync(dir(), { recursive: true, force: true }))

const noMount = lacking(['mount'])
const { bytes, wanted } = made(1_000_000)
const well = wellWith(bytes)
const finished = () => join(dir(), wanted.sha256)
const part = () => `${finished()}.part`
const options = (more = {}) => watched({ dir: dir(), ...more })
const flipped = (at: number, of = bytes) => {
  const copy = Buffer.from(of)
  copy[at]! ^= 1
  return copy
}
/** Sends so many bytes of what is asked for, and then breaks the line. */
const cut =
  (count: number): Answer =>
  async (answering) => {
    head(answering, bytes)
    await answering.send(bytes.subarray(answering.from, answering.from + count))
    // What was sent arrives; then the line breaks.
    answering.response.socket!.end()
  }
const wrong = {
  code: 'download-refused',
  message: expect.stringMatching(/not those that were signed \(sha256 [0-9a-f]{64}\), twice$/),
}

describe('21 truncated', () => {
  it('in the middle: goes on where it broke off', async () => {
    const { url, asked } = await serving(cut(300_000), cut(200_000), well)
    // What its file holds when each attempt ends.
    const held: number[] = []
    const watching = options({ onTrouble: () => held.push(statSync(part()).size) })
    expect(await beside(() => download(httpSource(url), wanted, watching))).toBe(finished())
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
    expect(asked.map(({ range }) => range)).toEqual([undefined, ...held.map((at) => `bytes=${at}-999999`)])
    // A piece that has come but was not written yet when the line broke is asked for again, and no more.
    const twice = asked.reduce((sum, { sent }) => sum + sent, 0) - wanted.length
    expect(twice).toBeLessThan(2 * 2 ** 17)
    expect(held[0]).toBeGreaterThan(300_000 - 2 ** 17)
    expect(filesIn(dir())).toEqual([wanted.sha256])
  })
  it('for good, by a server that does not say so: unreachable in the end, and what came is kept', async () => {
    const short: Answer = async ({ response, from, send }) => {
      if (from > 0) response.writeHead(416)
      else await send(bytes.subarray(0, 700_000))
      response.end()
    }
    const { url } = await serving(short)
    await expect(beside(() => download(httpSource(url), wanted, options()))).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/ended after 700000 of 1000000 bytes \(tried 8 times\)/),
    })
    expect(filesIn(dir())).toEqual([`${wanted.sha256}.part`])
  })
  it('for good, by a server whose file is shorter: refused before a byte is taken', async () => {
    const { url, asked } = await serving(wellWith(bytes.subarray(0, 700_000)))
    await expect(beside(() => download(httpSource(url), wanted, options()))).rejects.toMatchObject({
      code: 'download-refused',
      message: expect.stringMatching(/has 700000 bytes, and 1000000 were signed/),
    })
    expect(asked).toHaveLength(1)
  })
})

describe('22 flipped byte', () => {
  it('on the server: fetched anew once, then refused, and nothing of it is kept', async () => {
    const { url, asked } = await serving(wellWith(flipped(999_999)))
    const watching = options()
    await expect(beside(() => download(httpSource(url), wanted, watching))).rejects.toMatchObject(wrong)
    expect(asked.map(({ range }) => range)).toEqual([undefined, undefined])
    expect(watching.troubles).toEqual([
      expect.stringMatching(/not those that were signed.*all of it is fetched anew/),
    ])
    expect(filesIn(dir())).toEqual([])
  })
  it('on its way, once: fetched anew, and right', async () => {
    const { url } = await serving(wellWith(flipped(0)), well)
    expect(await beside(() => download(httpSource(url), wanted, options()))).toBe(finished())
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
  })
  it.each<[string, (from: Answering) => Promise<void>]>([
    ['that begins elsewhere than it says', ({ send }) => send(bytes.subarray(0, 600_000))],
    ['of another file', ({ send }) => send(Buffer.alloc(600_000))],
  ])('by a server that sends a rest %s: all of it is fetched anew', async (_, body) => {
    mkdirSync(dir())
    writeFileSync(part(), bytes.subarray(0, 400_000))
    const lie: Answer = async (answering) => {
      head(answering, bytes)
      await body(answering)
      answering.response.end()
    }
    const { url, asked } = await serving(lie, well)
    await beside(() => download(httpSource(url), wanted, options()))
    expect(asked.map(({ range }) => range)).toEqual(['bytes=400000-999999', undefined])
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
  })
  it('at any place, each in turn', async () => {
    const small = made(61)
    for (let at = 0; at < small.bytes.length; at++) {
      const source = inMemory(flipped(at, small.bytes))
      await expect(download(source, small.wanted, options())).rejects.toMatchObject(wrong)
    }
    expect(filesIn(dir())).toEqual([])
  })
  it('in a file that was downloaded before: noticed, and fetched anew', async () => {
    mkdirSync(dir())
    writeFileSync(finished(), flipped(500_000))
    const { url, asked } = await serving(well)
    await beside(() => download(httpSource(url), wanted, options()))
    expect(asked).toHaveLength(1)
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
  })
})

function inMemory(of: Buffer): RepositorySource {
  return {
    name: 'memory',
    metadata: async () => undefined,
    target: async (_, __, from) => ({ from, bytes: Readable.from([of.subarray(from)]) }),
  }
}

describe('23 endless data', () => {
  const endless =
    (first: Buffer, closed: () => void): Answer =>
    async ({ response, send }) => {
      response.once('close', closed)
      await send(first)
      while (!response.destroyed) await send(Buffer.alloc(65_536))
    }
  it('stops at the signed length and lets go of the server; what is wrong is refused', async () => {
    const closed = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const answers = closed.map(({ resolve }) => endless(Buffer.alloc(1), resolve))
    const { url, asked } = await serving(...answers)
    const sizes: number[] = []
    const watching = options({ onProgress: (size: number) => sizes.push(size) })
    await expect(beside(() => download(httpSource(url), wanted, watching))).rejects.toMatchObject(wrong)
    await Promise.all(closed.map(({ promise }) => promise))
    expect([Math.max(...sizes), asked.length]).toEqual([wanted.length, 2])
    expect(filesIn(dir())).toEqual([])
  })
  it('after the right bytes: those are what was signed, and no more is taken', async () => {
    const closed = Promise.withResolvers<void>()
    const { url } = await serving(endless(bytes, closed.resolve))
    await beside(() => download(httpSource(url), wanted, options()))
    await closed.promise
    expect(readFileSync(finished())).toEqual(bytes)
  })
})

describe('24 slow drip', () => {
  const drip: Answer = async (answering) => {
    head(answering, bytes)
    await answering.send(bytes.subarray(answering.from, answering.from + 10))
  }
  it('that stops: its deadline ends it, and the next attempt goes on there', async () => {
    const { url, asked } = await serving(drip, well)
    const watching = options({ limits: { idleMs: 60 } })
    await beside(() => download(httpSource(url), wanted, watching))
    expect(asked.map(({ range }) => range)).toEqual([undefined, 'bytes=10-999999'])
    expect(watching.troubles).toEqual([expect.stringMatching(/not one byte of .* came within 0\.06 s/)])
  })
  it('that stops each time: unreachable in the end', async () => {
    const { url } = await serving(drip)
    const watching = options({ limits: { idleMs: 30, tries: 3 } })
    await expect(beside(() => download(httpSource(url), wanted, watching))).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/not one byte of .* came within 0\.03 s \(tried 3 times\)/),
    })
    expect(statSync(part()).size).toBe(30)
  })
  it('that goes on, below the least rate: ended all the same', async () => {
    const dripping: Answer = async (answering) => {
      head(answering, bytes)
      for (let at = answering.from; !answering.response.destroyed; at++) {
        await answering.send(bytes.subarray(at, at + 1))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    const { url } = await serving(dripping)
    let clockMs = 0
    const watching = options({
      // Each look at the clock is ten seconds later: a byte every ten seconds.
      now: () => (clockMs += 10_000),
      limits: { leastBytesPerS: 1000, rateWindowMs: 60_000, tries: 2 },
    })
    await expect(beside(() => download(httpSource(url), wanted, watching))).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(
        /comes too slowly, \d+ bytes a second where 1000 are the least \(tried 2/,
      ),
    })
  })
})

describe('25 SIGKILL in the middle of a download', () => {
  /** A server that sends 600,000 bytes and then holds its breath, until it is asked again. */
  async function killed() {
    const hold: Answer = async (answering) => {
      head(answering, bytes)
      await answering.send(bytes.subarray(0, 600_000))
    }
    const { url, asked } = await serving(hold, well)
    const child = startDownload(url, dir(), wanted)
    await child.reaches(600_000)
    await child.kill()
    expect(statSync(part()).size).toBe(600_000)
    return { url, asked }
  }
  it('goes on with the rest alone, and what is there in the end is whole', async () => {
    const { url, asked } = await beside(killed)
    const seen: number[] = []
    await beside(() =>
      download(httpSource(url), wanted, options({ onProgress: (n: number) => seen.push(n) })),
    )
    expect(asked).toHaveLength(2)
    expect(asked[1]).toMatchObject({ range: 'bytes=600000-999999', sent: 400_000 })
    expect(seen[0]).toBeGreaterThan(600_000)
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
    expect(filesIn(dir())).toEqual([wanted.sha256])
  })
  it('hashes the whole file: a byte of the first part that was lost meanwhile is noticed', async () => {
    const { url, asked } = await beside(killed)
    writeFileSync(part(), flipped(12_345).subarray(0, 600_000))
    const watching = options()
    await beside(() => download(httpSource(url), wanted, watching))
    expect(asked.slice(1).map(({ range }) => range)).toEqual(['bytes=600000-999999', undefined])
    expect(watching.troubles).toHaveLength(1)
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
  })
  it('leaves beginnings that nobody wants any more: the next start sweeps them', async () => {
    await beside(killed)
    const kept = join(dir(), 'a'.repeat(64))
    for (const path of [kept, `${kept}.part`, join(dir(), 'notes.txt')]) writeFileSync(path, 'x')
    const downloads = new Downloads({ dir: dir() })
    await downloads.sweep(new Set(['a'.repeat(64)]))
    expect(filesIn(dir())).toEqual(['a'.repeat(64), `${'a'.repeat(64)}.part`, 'notes.txt'])
  })
})

describe('26 sporadic errors and 429', () => {
  const busy =
    (status: number, headers: Record<string, string> = {}): Answer =>
    ({ response }) =>
      response.writeHead(status, headers).end()
  const reset: Answer = ({ response }) => response.socket!.resetAndDestroy()

  it('backs off, longer each time and as long as the server says, and comes through', async () => {
    const answers = [busy(503), reset, busy(429, { 'retry-after': '7' }), busy(500), cut(500_000), well]
    const { url, asked } = await serving(...answers)
    const watching = options()
    await beside(() => download(httpSource(url), wanted, watching))
    // Half of 1, 2, 4, 8, 16 s, for random() is 0.5 here; after the 429 seven seconds more.
    expect(watching.waits).toEqual([500, 1000, 2000 + 7000, 4000, 8000])
    expect(asked.map(({ range }) => range).slice(0, 5)).toEqual(Array(5).fill(undefined))
    expect(asked[5]!.range).toMatch(/^bytes=\d+-999999$/)
    expect(sha256(readFileSync(finished()))).toBe(wanted.sha256)
  })
  it('gives up after as many tries as it has, and says what it met', async () => {
    const { url, asked } = await serving(busy(503))
    await expect(beside(() => download(httpSource(url), wanted, options()))).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/HTTP 503 Service Unavailable.*\(tried 8 times\)/),
    })
    expect(asked).toHaveLength(8)
  })
  it('leaves a server alone that asks for an hour', async () => {
    const { url, asked } = await serving(busy(429, { 'retry-after': '3600' }))
    await expect(beside(() => download(httpSource(url), wanted, options()))).rejects.toMatchObject({
      code: 'update-unreachable',
      retryAfterMs: 3_600_000,
    })
    expect(asked).toHaveLength(1)
  })
})

describe('27 disk too small', () => {
  it('is refused before anything is asked for, with the figures', async () => {
    const { url, asked } = await serving(well)
    const watching = options({ limits: { reserveBytes: 2 ** 60 } })
    await expect(beside(() => download(httpSource(url), wanted, watching))).rejects.toMatchObject({
      code: 'disk-too-small',
      message: expect.stringMatching(
        /^1000000 bytes are to come and 1152921504606847000 must stay free to unpack them/,
      ),
    })
    expect(asked).toHaveLength(0)
  })
  it('counts the room to unpack it too', async ({ skip }) => {
    skip(noMount !== undefined, noMount)
    const small = watched({ dir: join(onSmallDisk(), 'updates'), limits: { unpackFactor: 1 } })
    const [fits, doesNot] = [made(110_000), made(150_000)]
    const { url, asked } = await serving(wellWith(fits.bytes))
    const refused = download(httpSource(url), doesNot.wanted, small)
    await expect(refused).rejects.toMatchObject({ code: 'disk-too-small' })
    expect(asked).toHaveLength(0)
    await download(httpSource(url), fits.wanted, small)
  })
  it('counts what is here already', async ({ skip }) => {
    skip(noMount !== undefined, noMount)
    const small = onSmallDisk()
    const half = made(150_000)
    mkdirSync(join(small, 'updates'))
    writeFileSync(join(small, 'updates', `${half.wanted.sha256}.part`), half.bytes.subarray(0, 140_000))
    const { url, asked } = await serving(wellWith(half.bytes))
    await beside(() => download(httpSource(url), half.wanted, watched({ dir: join(small, 'updates') })))
    expect(asked).toMatchObject([{ range: 'bytes=140000-149999' }])
  })
})

describe('28 ENOSPC in the middle of a write', () => {
  it('leaves nothing half-done, and it can be done again', async ({ skip }) => {
    skip(noMount !== undefined, noMount)
    const small = onSmallDisk()
    const filler = join(small, 'filler')
    const dirThere = join(small, 'updates')
    const large = made(200_000)
    const { url } = await serving(wellWith(large.bytes))
    // There was room when it was looked; then something else takes it.
    const fill = () => existsSync(filler) || writeFileSync(filler, Buffer.alloc(64_000))
    const ways = watched({ dir: dirThere, onProgress: () => void fill() })
    await expect(beside(() => download(httpSource(url), large.wanted, ways))).rejects.toMatchObject({
      code: 'disk-unwritable',
      message: expect.stringMatching(/^the disk is full/),
    })
    expect(filesIn(dirThere)).toEqual([])
    rmSync(filler)
    await download(httpSource(url), large.wanted, watched({ dir: dirThere }))
    expect(filesIn(dirThere)).toEqual([large.wanted.sha256])
  })
})

/** A file system of 256 kB. */
function onSmallDisk(): string {
  const at = folder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at])
  // Before the folder is removed: what is registered last is done first.
  onTestFinished(() => void execFileSync('umount', ['-l', at]))
  return at
}
