import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stickLimits } from '#edge/update/usb/limits.ts'
import { findRepository, survey } from '#edge/update/usb/survey.ts'
import { FakeStick } from '#support/fake-stick.ts'

let stick: FakeStick
beforeEach(() => {
  stick = new FakeStick()
})
afterEach(() => stick.remove())
const look = (limits = {}) => survey(stick.repository, { ...stickLimits, ...limits })
const at = (...path: string[]) => join(stick.repository, ...path)

describe('the folder of a repository', () => {
  it.each([['stick'], ['stick/edgewright-repository']])('is found by %s', async (path) => {
    expect(await findRepository(join(stick.work, path))).toBe(stick.repository)
  })

  it('is found under another name by what it holds', async () => {
    renameSync(stick.repository, join(stick.drive, 'copy'))
    expect(await findRepository(join(stick.drive, 'copy'))).toBe(join(stick.drive, 'copy'))
  })

  it.each([
    ['relative/path', 'not the whole path'],
    ['/nowhere\n/x', 'not the whole path'],
    ['/there-is-no-such-folder', 'there is no folder'],
  ])('is not %j', async (path, why) => {
    await expect(findRepository(path)).rejects.toMatchObject({
      code: 'import-refused',
      message: expect.stringContaining(why),
    })
  })

  it('is not a drive without one, nor a link to one', async () => {
    await expect(findRepository(stick.dataDir)).rejects.toThrow('there is no "edgewright-repository"')
    renameSync(stick.repository, join(stick.work, 'elsewhere'))
    symlinkSync(join(stick.work, 'elsewhere'), stick.repository)
    await expect(findRepository(stick.drive)).rejects.toThrow('is a link')
  })
})

describe('a look at the stick', () => {
  it('lets files be that systems leave about', async () => {
    for (const name of ['.DS_Store', '._timestamp.json', 'desktop.ini', 'Read me.txt'])
      writeFileSync(at(name), 'x')
    await expect(look()).resolves.toBeUndefined()
  })

  it('refuses a link, wherever it leads', async () => {
    symlinkSync('/etc/passwd', at('metadata', '2.root.json'))
    await expect(look()).rejects.toMatchObject({
      code: 'import-refused',
      message:
        '"metadata/2.root.json" is refused: it is a link, and a repository holds folders and regular files only',
    })
  })

  it('refuses a link to a folder', async () => {
    symlinkSync('/', at('targets'))
    await expect(look()).rejects.toThrow('"targets" is refused: it is a link')
  })

  it.skipIf(process.platform === 'win32')(
    'refuses a pipe, and does not wait for somebody to write to it',
    async () => {
      expect(spawnSync('mkfifo', [at('metadata', '3.root.json')]).status).toBe(0)
      await expect(look()).rejects.toThrow('it is a pipe')
    },
  )

  it.skipIf(process.getuid?.() !== 0)('refuses a device (made by root)', async ({ skip }) => {
    skip(spawnSync('mknod', [at('zero'), 'c', '1', '5']).status !== 0, 'no device can be made here')
    await expect(look()).rejects.toThrow('it is a device')
  })

  it.skipIf(process.platform === 'win32')('refuses a socket', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(at('s'), done))
    await expect(look()).rejects.toThrow('it is a socket')
    await new Promise((done) => server.close(done))
  })

  it.each(['bad\nname', 'turned\u202ename', 'back\\slash'])('refuses the name %j', async (name) => {
    writeFileSync(at(name), '')
    await expect(look()).rejects.toThrow('its name holds characters that cannot be seen')
  })

  it('refuses more files than any repository has, without reading them to their end', async () => {
    for (let n = 0; n < 60; n++) writeFileSync(at(`${n}`), '')
    await expect(look({ entries: 50 })).rejects.toThrow('more than 50 files and folders')
  })

  it('refuses folders that lie too deep', async () => {
    mkdirSync(at('a/b/c/d/e'), { recursive: true })
    await expect(look()).rejects.toThrow('folders lie 5 deep, and 4 are allowed')
  })

  it('opens no file: a huge one costs nothing', async () => {
    writeFileSync(at('huge'), '')
    truncateSync(at('huge'), 2 ** 40)
    linkSync(at('huge'), at('the-same'))
    await expect(look()).resolves.toBeUndefined()
  })
})
