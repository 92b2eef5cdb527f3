import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { download } from '#edge/update/download/download.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import { made } from './bad-server.ts'
import { filesIn, folder, watched } from './fixture.ts'

const { bytes, wanted } = made(600_000)

function stick() {
  const dir = join(folder(), 'edgewright-repository')
  const at = (path: string) => join(dir, path)
  mkdirSync(dirname(at(`targets/${wanted.file}`)), { recursive: true })
  mkdirSync(at('metadata'))
  writeFileSync(at('metadata/1.root.json'), '{}')
  writeFileSync(at(`targets/${wanted.file}`), bytes)
  return { dir, at, target: at(`targets/${wanted.file}`), source: folderSource(dir) }
}
const unless = (missing: string) => process.platform === 'win32' && missing

describe('a repository in a folder', () => {
  it('gives metadata whole, and undefined for what is not there', async () => {
    const { source } = stick()
    expect((await source.metadata('1.root.json', 2))!.toString()).toBe('{}')
    expect(await source.metadata('2.root.json', 2)).toBeUndefined()
  })
  it('refuses metadata that is too large, without reading it', async () => {
    const { source, at } = stick()
    truncateSync(at('metadata/1.root.json'), 2 ** 40)
    await expect(source.metadata('1.root.json', 512_000)).rejects.toMatchObject({
      code: 'update-refused',
      message: expect.stringMatching(/larger than the 512000 bytes allowed/),
    })
  })
  it('gives a target from any byte on', async () => {
    const { source } = stick()
    const answer = await source.target(wanted.file, wanted.length, 300_001)
    expect(answer.from).toBe(300_001)
    expect(await buffer(answer.bytes)).toEqual(bytes.subarray(300_001))
  })
  it('refuses a target that is not there, or of another size', async () => {
    const { source, target } = stick()
    truncateSync(target, 599_999)
    await expect(source.target(wanted.file, wanted.length, 0)).rejects.toMatchObject({
      code: 'download-refused',
      message: expect.stringMatching(/has 599999 bytes, and 600000 were signed/),
    })
    rmSync(target)
    await expect(source.target(wanted.file, wanted.length, 0)).rejects.toMatchObject({
      code: 'download-refused',
      message: expect.stringMatching(/is not there/),
    })
  })
  it.each(['../../x', '/etc/passwd', 'models/../../metadata/1.root.json'])(
    '%s leads nowhere',
    async (file) => {
      await expect(stick().source.target(file, 2, 0)).rejects.toMatchObject({ code: 'download-refused' })
    },
  )

  describe.skipIf(unless('links need rights there'))('does not follow a link', () => {
    it.each<[string, (at: (path: string) => string) => void]>([
      ['to a file', (at) => relink(at('metadata/1.root.json'))],
      ['to a folder', (at) => relink(at('metadata'))],
      ['to the repository', (at) => relink(at('.'))],
    ])('%s, even to the right bytes', async (_, change) => {
      const { source, at } = stick()
      change(at)
      await expect(source.metadata('1.root.json', 100)).rejects.toMatchObject({
        code: 'update-refused',
        message: expect.stringMatching(/there is a link on the way, and links are not followed/),
      })
    })
    it('on the way to a target', async () => {
      const { source, at } = stick()
      relink(at('targets/models'))
      await expect(source.target(wanted.file, wanted.length, 0)).rejects.toMatchObject({
        code: 'download-refused',
        message: expect.stringMatching(/links are not followed/),
      })
    })
    it('but takes a second name of the same file for what it is', async () => {
      const { source, target } = stick()
      linkSync(target, `${target}.again`)
      expect((await source.target(wanted.file, wanted.length, 0)).from).toBe(0)
    })
  })

  it.skipIf(unless('there are no pipes in a folder there'))('does not wait for a pipe', async () => {
    const { source, at } = stick()
    execFileSync('mkfifo', [at('metadata/timestamp.json')])
    await expect(source.metadata('timestamp.json', 100)).rejects.toMatchObject({
      message: expect.stringMatching(/it is no regular file/),
    })
  })
})

function relink(path: string): void {
  const clean = path.replace(/\/\.?$/, '')
  renameSync(clean, `${clean}-real`)
  symlinkSync(`${clean}-real`, clean)
}

describe('a stick that is pulled', () => {
  it('before it is read: unreachable, said at once, and it can be tried again', async () => {
    const { dir, source } = stick()
    renameSync(dir, `${dir}-away`)
    const options = watched()
    const told = { code: 'update-unreachable', message: expect.stringMatching(/stick that was pulled/) }
    await expect(source.metadata('1.root.json', 100)).rejects.toMatchObject(told)
    await expect(download(source, wanted, options)).rejects.toMatchObject(told)
    expect(options.waits).toEqual([])
    renameSync(`${dir}-away`, dir)
    expect(await download(source, wanted, options)).toBe(join(options.dir, wanted.sha256))
  })
  it('in the middle: what came is kept, and it goes on there', async () => {
    const { dir, source } = stick()
    const options = watched()
    const pulled = {
      ...source,
      async target(file: string, length: number, from: number) {
        const { bytes: stream } = await source.target(file, length, from)
        // As read(2) fails once the device is gone.
        const gone = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
        let read = 0
        stream.on('data', (piece: Buffer) => {
          read += piece.length
          if (read >= 200_000) stream.destroy(gone)
        })
        stream.pause()
        return { from, bytes: stream }
      },
    }
    const first = { ...options, limits: { ...options.limits, tries: 1 } }
    await expect(download(pulled, wanted, first)).rejects.toMatchObject({
      code: 'update-unreachable',
      message: expect.stringMatching(/cannot be read any more.*pulled/),
    })
    expect(filesIn(options.dir)).toEqual([`${wanted.sha256}.part`])
    const starts: number[] = []
    const again = {
      ...folderSource(dir),
      target: (file: string, length: number, from: number) => {
        starts.push(from)
        return folderSource(dir).target(file, length, from)
      },
    }
    await download(again, wanted, options)
    expect(starts).toHaveLength(1)
    expect(starts[0]).toBeGreaterThan(0)
  })
})
