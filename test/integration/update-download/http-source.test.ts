import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type HttpSourceOptions, httpSource } from '#edge/update/sources/http-source.ts'
import { type Answer, head, made, serving, wellWith } from './bad-server.ts'

const says =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  ({ response }) =>
    response.writeHead(status, headers).end(body)

const quick = (waits: number[] = []): HttpSourceOptions => ({
  now: () => 0,
  random: () => 0,
  sleep: async (ms) => void waits.push(ms),
})

async function source(...answers: Answer[]) {
  const { url, asked } = await serving(...answers)
  const waits: number[] = []
  return { url, asked, waits, source: httpSource(url, quick(waits)) }
}

describe('metadata over HTTP', () => {
  it('is the file, byte for byte, asked for without compression', async () => {
    const { source: from, asked } = await source(says(200, {}, '{"signed": {}}'))
    expect((await from.metadata('1.root.json', 100))!.toString()).toBe('{"signed": {}}')
    expect(asked).toMatchObject([{ path: '/repository/metadata/1.root.json', encoding: 'identity' }])
  })
  it.each([404, 403])('is undefined where the server says %i', async (status) => {
    const { source: from } = await source(says(status))
    expect(await from.metadata('2.root.json', 100)).toBeUndefined()
  })
  it('is encoded into the address, so that no name leads elsewhere', async () => {
    const { source: from, asked } = await source(says(404))
    await from.metadata('1.a?b#c%2f..json', 100)
    expect(asked[0]!.path).toBe('/repository/metadata/1.a%3Fb%23c%252f..json')
    await expect(from.metadata('../../x.json', 100)).rejects.toMatchObject({ code: 'update-refused' })
    expect(asked).toHaveLength(1)
  })
  it('carries the query of the address along, and does not show it', async () => {
    const { url, asked } = await source(says(200, {}, 'x'))
    const from = httpSource(`${url.slice(0, -1)}?sig=secret`, quick())
    await from.metadata('timestamp.json', 10)
    expect(asked[0]!.path).toBe('/repository/metadata/timestamp.json?sig=secret')
    expect(from.name).toBe(url)
  })
  it('is refused at the first byte too many, said beforehand or not', async () => {
    const endless: Answer = async ({ response, send }) => {
      response.writeHead(200)
      for (;;) await send(Buffer.alloc(1000, ' '))
    }
    for (const answer of [says(200, { 'content-length': '101' }, ' '.repeat(101)), endless]) {
      const { source: from, asked } = await source(answer)
      await expect(from.metadata('1.snapshot.json', 100)).rejects.toMatchObject({
        code: 'update-refused',
        message: '1.snapshot.json is larger than the 100 bytes allowed',
      })
      expect(asked).toHaveLength(1)
    }
  })
  it('that never ends to come meets its deadline', async () => {
    const { url } = await serving(({ response }) => response.writeHead(200).write('{'))
    const from = httpSource(url, { ...quick(), limits: { metadataMs: 60, tries: 2 } })
    await expect(from.metadata('timestamp.json', 100)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: `${url}metadata/timestamp.json: no answer within 0.06 s (tried 2 times)`,
    })
  })
  it('is asked for again after 429 and 503, as late as the server says', async () => {
    const later = says(429, { 'retry-after': '3' })
    const { source: from, waits, asked } = await source(later, says(503), says(200, {}, '{}'))
    expect((await from.metadata('timestamp.json', 100))!.toString()).toBe('{}')
    expect([asked.length, waits]).toEqual([3, [3000, 0]])
  })
  it('is not asked for again where the answer will be the same', async () => {
    const { source: from, asked } = await source(says(410))
    await expect(from.metadata('timestamp.json', 100)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/metadata\/timestamp\.json: the server answers HTTP 410 Gone$/),
    })
    expect(asked).toHaveLength(1)
  })
  it('is unreachable where nothing answers, in words', async () => {
    const from = httpSource('http://127.0.0.1:1/', quick())
    await expect(from.metadata('timestamp.json', 100)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/metadata\/timestamp\.json: .*tried 4 times/),
    })
  })
  it('ends with the signal', async () => {
    const stop = new AbortController()
    const { url } = await serving(() => stop.abort(new Error('the runtime ends')))
    const from = httpSource(url, { ...quick(), signal: stop.signal })
    await expect(from.metadata('timestamp.json', 100)).rejects.toThrow('the runtime ends')
  })
})

describe('redirects', () => {
  const to = (location: string): Answer => says(302, { location })
  it('are followed on the same server', async () => {
    const { source: from } = await source(to('/elsewhere'), says(200, {}, 'here'))
    expect((await from.metadata('timestamp.json', 100))!.toString()).toBe('here')
  })
  it.each([
    ['another server', 'http://127.0.0.2:9/', /redirected to http:\/\/127\.0\.0\.2:9, which is neither/],
    ['another scheme', 'file:///etc/passwd', /which is neither the same server nor https/],
    ['nowhere', 'http://', /not said where to/],
    ['itself', '/repository/metadata/timestamp.json', /redirected more than 5 times/],
  ])('to %s are not', async (_, location, why) => {
    const { source: from, asked } = await source(to(location))
    await expect(from.metadata('timestamp.json', 100)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(why),
    })
    expect(asked.length).toBeLessThanOrEqual(6)
  })
})

describe('a target over HTTP', () => {
  const { bytes, wanted } = made(10_000)
  const read = async (from: number, ...answers: Answer[]) => {
    const { source: origin, asked } = await source(...answers)
    const answer = await origin.target(wanted.file, wanted.length, from)
    return { from: answer.from, bytes: await buffer(answer.bytes), asked }
  }

  it('begins where it is asked to', async () => {
    const { asked, ...rest } = await read(4000, wellWith(bytes))
    expect(rest).toEqual({ from: 4000, bytes: bytes.subarray(4000) })
    expect(asked).toMatchObject([{ range: 'bytes=4000-9999', encoding: 'identity', sent: 6000 }])
  })
  it('begins at 0 where the server knows no ranges', async () => {
    const plain: Answer = ({ response }) => response.end(bytes)
    expect(await read(4000, plain)).toMatchObject({ from: 0, bytes })
  })
  it.each<[string, Record<string, string>, number]>([
    ['416', {}, 416],
    ['a range that begins elsewhere', { 'content-range': 'bytes 0-9999/10000' }, 206],
    ['a range of another file', { 'content-range': 'bytes 4000-9999/20000' }, 206],
    ['a range beyond the end', { 'content-range': 'bytes 4000-10000/*' }, 206],
    ['no range', {}, 206],
    ['nonsense', { 'content-range': 'bytes four-five/six' }, 206],
    ['bytes that are packed', { 'content-range': 'bytes 4000-9999/10000', 'content-encoding': 'gzip' }, 206],
  ])('is asked for from 0 after %s', async (_, headers, status) => {
    const { asked, ...rest } = await read(4000, says(status, headers), wellWith(bytes))
    expect(rest).toEqual({ from: 0, bytes })
    expect(asked.map(({ range }) => range)).toEqual(['bytes=4000-9999', undefined])
  })
  it.each<[string, Answer, string, RegExp]>([
    ['is not there', says(404), 'download-refused', /is not there \(HTTP 404\)/],
    [
      'has another size',
      says(200, { 'content-length': '5' }, 'short'),
      'download-refused',
      /has 5 bytes, and 10000 were signed/,
    ],
    ['is part of something, unasked', says(206), 'update-unreachable', /answers HTTP 206/],
    ['is not to be had now', says(503), 'update-unreachable', /answers HTTP 503 Service Unavailable/],
  ])('that %s is refused, and why', async (_, answer, code, message) => {
    await expect(read(0, answer)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
  it('that does not begin to come meets its deadline', async () => {
    const { url } = await serving(() => undefined)
    const origin = httpSource(url, { ...quick(), limits: { headMs: 50 } })
    await expect(origin.target(wanted.file, wanted.length, 0)).rejects.toMatchObject({
      message: expect.stringMatching(/ewp: no answer within 0\.05 s$/),
    })
  })
  it('lets go of the server when it is not wanted any more', async () => {
    const closed = Promise.withResolvers<void>()
    const { url } = await serving(async (answering) => {
      answering.response.once('close', closed.resolve)
      head(answering, bytes)
      await answering.send(bytes.subarray(0, 100))
    })
    const { bytes: stream } = await httpSource(url).target(wanted.file, wanted.length, 0)
    stream.destroy()
    await closed.promise
  })
})

describe('addresses', () => {
  it.each(['ftp://a/', 'nonsense', 'http://name:word@a/'])('%s is refused', (address) => {
    expect(() => httpSource(address)).toThrow(expect.objectContaining({ code: 'request-invalid' }))
  })
  it('shows no password', () => {
    expect(() => httpSource('http://name:word@a/')).toThrow(expect.not.objectContaining({ message: /word@/ }))
  })
})
