import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { download } from '#edge/update/download/download.ts'
import { Downloads } from '#edge/update/download/downloads.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'
import { lacking } from '#support/faults/needs.ts'
import { type Answer, head, made, serving, wellWith } from './bad-server.ts'
import { filesIn, folder, watched } from './fixture.ts'

const { bytes, wanted } = made(300_000)
const well = wellWith(bytes)
/** Sends a third, and then nothing more. */
const silent: Answer = async (answering) => {
  head(answering, bytes)
  await answering.send(bytes.subarray(answering.from, answering.from + 100_000))
}

describe('a download', () => {
  it('that is here is not fetched again, and its bytes are looked at', async () => {
    const { url, asked } = await serving(well)
    const options = watched()
    const path = await download(httpSource(url), wanted, options)
    expect(await download(httpSource(url), wanted, options)).toBe(path)
    expect(asked).toHaveLength(1)
    writeFileSync(path, bytes.subarray(1))
    await download(httpSource(url), wanted, options)
    expect(asked).toHaveLength(2)
    expect(readFileSync(path)).toEqual(bytes)
  })
  it('that had all its bytes when it was stopped needs nobody', async () => {
    const options = watched()
    mkdirSync(options.dir)
    writeFileSync(join(options.dir, `${wanted.sha256}.part`), bytes)
    expect(readFileSync(await download(httpSource('http://127.0.0.1:1/'), wanted, options))).toEqual(bytes)
  })
  it.each<[string, (part: string) => void]>([
    ['longer than it may be', (part) => writeFileSync(part, Buffer.alloc(300_001))],
    ['a folder', (part) => mkdirSync(part)],
  ])('whose beginning is %s begins anew', async (_, put) => {
    const options = watched()
    mkdirSync(options.dir)
    put(join(options.dir, `${wanted.sha256}.part`))
    const { url, asked } = await serving(well)
    await download(httpSource(url), wanted, options)
    expect(asked).toMatchObject([{ range: undefined }])
    expect(filesIn(options.dir)).toEqual([wanted.sha256])
  })
  it.skipIf(process.platform === 'win32')('never writes through a link', async () => {
    const options = watched()
    mkdirSync(options.dir)
    const elsewhere = join(folder(), 'precious')
    writeFileSync(elsewhere, 'precious')
    symlinkSync(elsewhere, join(options.dir, `${wanted.sha256}.part`))
    symlinkSync(elsewhere, join(options.dir, wanted.sha256))
    const { url } = await serving(well)
    const path = await download(httpSource(url), wanted, options)
    expect(statSync(path).isFile()).toBe(true)
    expect(readFileSync(elsewhere, 'utf8')).toBe('precious')
  })
  it('ends with the signal, keeps what came, and goes on there', async () => {
    const { url, asked } = await serving(silent, well)
    const stop = new AbortController()
    const options = watched()
    const onProgress = (size: number) => size === 100_000 && stop.abort(new Error('the runtime ends'))
    const { signal } = stop
    await expect(
      download(httpSource(url), wanted, { ...options, signal, onProgress: (size) => void onProgress(size) }),
    ).rejects.toThrow('the runtime ends')
    expect(filesIn(options.dir)).toEqual([`${wanted.sha256}.part`])
    await download(httpSource(url), wanted, options)
    expect(asked[1]!.range).toBe('bytes=100000-299999')
  })
  it('ends with the signal while a server does not begin to answer', async () => {
    const stop = new AbortController()
    const { url } = await serving(() => stop.abort(new Error('the runtime ends')))
    await expect(download(httpSource(url), wanted, { ...watched(), signal: stop.signal })).rejects.toThrow(
      'the runtime ends',
    )
  })
})

describe('Downloads', () => {
  it('bring a digest once, whoever asks meanwhile', async () => {
    const { url, asked } = await serving(well)
    const downloads = new Downloads(watched())
    const source = httpSource(url)
    const paths = await Promise.all([1, 2, 3].map(() => downloads.get(source, wanted)))
    expect([new Set(paths).size, asked.length]).toEqual([1, 1])
  })
  it('let the second go on where the first was stopped, from another source', async () => {
    const slow = await serving(silent)
    const quick = await serving(well)
    const downloads = new Downloads(watched())
    const stop = new AbortController()
    const onProgress = (size: number) => void (size === 100_000 && stop.abort(new Error('a stick is here')))
    const first = downloads.get(httpSource(slow.url), wanted, { signal: stop.signal, onProgress })
    const second = downloads.get(httpSource(quick.url), wanted)
    await expect(first).rejects.toThrow('a stick is here')
    expect(readFileSync(await second)).toEqual(bytes)
    expect(quick.asked).toMatchObject([{ range: 'bytes=100000-299999', sent: 200_000 }])
  })
  it('sweep nothing that is on its way, and everything else that is not to be kept', async () => {
    const { url } = await serving(silent)
    const options = watched()
    const downloads = new Downloads(options)
    await downloads.sweep(new Set()) // there is no folder yet
    const stop = new AbortController()
    const reached = Promise.withResolvers<void>()
    const onProgress = (size: number) => void (size === 100_000 && reached.resolve())
    const going = downloads.get(httpSource(url), wanted, { signal: stop.signal, onProgress })
    await reached.promise
    writeFileSync(join(options.dir, 'b'.repeat(64)), 'x')
    await downloads.sweep(new Set())
    expect(filesIn(options.dir)).toEqual([`${wanted.sha256}.part`])
    stop.abort(new Error('enough'))
    await expect(going).rejects.toThrow('enough')
    await downloads.sweep(new Set())
    expect(filesIn(options.dir)).toEqual([])
  })
})

const noStrace = lacking(['strace'])

describe('a disk that reports an error (EIO)', () => {
  it.for(['pwrite64', 'fdatasync', 'fsync', 'rename'])(
    'at %s: nothing counts that is not safe, nothing half-done is left, and the next run succeeds',
    async (call, { skip }) => {
      skip(noStrace !== undefined, noStrace)
      const dir = join(folder(), 'updates')
      const { url } = await serving(well)
      const script = fileURLToPath(new URL('children/download.ts', import.meta.url))
      const { file, length, sha256 } = wanted
      const args = [process.execPath, script, url, dir, file, String(length), sha256]
      // fsync: the second, for the first makes the new folder durable.
      const when = call === 'fsync' ? 2 : 1
      const inject = ['-f', '-o', '/dev/null', '-e', `inject=${call}:error=EIO:when=${when}`]
      const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
      const said = await new Promise<string>((resolve) =>
        execFile('strace', [...inject, ...args], { env }, (_, stdout) => resolve(stdout)),
      )
      expect(JSON.parse(said.trim().split('\n').at(-1)!)).toMatchObject({
        code: 'disk-unwritable',
        message: expect.stringMatching(/the disk reports an error/),
      })
      expect(existsSync(join(dir, sha256))).toBe(false)
      expect(filesIn(dir)).toEqual([])
      expect(readFileSync(await download(httpSource(url), wanted, watched({ dir })))).toEqual(bytes)
    },
  )
})
