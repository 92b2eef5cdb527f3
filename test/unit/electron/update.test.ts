import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type FileParts,
  factsOf,
  type InstallParts,
  type UpdateParts,
  updateFromFile,
  updateOnce,
} from '../../../electron/main/app-updates.ts'
import type { TrustFacts } from '../../../electron/main/decide/app-update-trust.ts'
import { type InstallFacts, installStep } from '../../../electron/main/decide/update.ts'
import { isStaged, stageFile } from '../../../electron/main/update-file.ts'

type Model = NonNullable<InstallFacts['models']>[number]

function model(deployment: string): Model {
  const slot = { deployment: { state: deployment } }
  return { id: 'pump', slots: { running: null, previous: null, staged: slot } } as unknown as Model
}

describe('a downloaded update', () => {
  const ready: InstallFacts = {
    enabled: true,
    judgement: { install: true, version: '2.0.0' },
    models: [],
    stopsRuntime: true,
  }
  it.each(['downloading', 'verifying', 'qualifying', 'shadow', 'canary'])(
    'waits while a version is %s',
    (state) => {
      expect(installStep({ ...ready, models: [model('running'), model(state)] })).toMatchObject({
        do: 'wait',
        why: expect.stringContaining('pump'),
      })
    },
  )

  it('waits where the runtime cannot be asked', () => {
    expect(installStep({ ...ready, models: undefined })).toMatchObject({ do: 'wait' })
  })

  it('is installed once no swap runs, or where the runtime goes on without the app', () => {
    expect(installStep({ ...ready, models: [model('running'), model('staged'), model('refused')] })).toEqual({
      do: 'install',
    })
    expect(installStep({ ...ready, models: [model('qualifying')], stopsRuntime: false })).toEqual({
      do: 'install',
    })
  })

  it('is not installed where updates were turned off meanwhile', () => {
    expect(installStep({ ...ready, enabled: false })).toMatchObject({ do: 'nothing' })
    expect(installStep({ ...ready, judgement: { install: false, why: 'x' } })).toEqual({
      do: 'nothing',
      why: 'x',
    })
  })
})

const folder = mkdtempSync(join(tmpdir(), 'update-'))
const file = join(folder, 'app.bin')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => writeFileSync(file, 'abc'))
/** Of "abc", FIPS 180-2, B.1. */
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const trusting = (digest: string, version = '2.0.0', bytes = 3): TrustFacts => ({
  trust: 'current',
  view: { app: [{ path: 'app/x', version, platform: 'linux-x64', digest, bytes }], expires: {} },
})

/** What was said and done, in order. */
function noting(change: Partial<InstallParts> = {}) {
  const told: string[] = []
  const note = (words: string) => {
    told.push(words)
  }
  const parts: InstallParts = {
    app: { version: '1.0.0', platform: 'linux-x64' },
    trust: async () => trusting(abc),
    models: async () => [],
    stopsRuntime: () => true,
    beforeInstall: async () => note('stops the runtime'),
    startOver: () => note('starts over'),
    sleep: async () => undefined,
    say: note,
    ...change,
  }
  return { told, note, parts }
}
const signal = new AbortController().signal

describe('one look for an update', () => {
  async function look(change: Partial<UpdateParts> = {}): Promise<string[]> {
    const { told, note, parts } = noting(change)
    const source = async () => ({
      check: async () => ({ version: '2.0.0' }),
      download: async () => {
        note('downloads')
        return file
      },
      install: () => note('installs'),
    })
    await updateOnce({ ...parts, source, enabled: () => true, ...change }, signal)
    return told
  }

  it('reads digest and size of the whole file', async () => {
    expect(await factsOf(file)).toEqual({ sha256: abc, bytes: 3 })
  })

  it('asks nobody while updates are off', async () => {
    const source = async (): Promise<never> => {
      throw new Error('asked')
    }
    expect(await look({ enabled: () => false, source })).toEqual(['App updates are off'])
  })

  it.each<[string, () => Promise<TrustFacts>, RegExp]>([
    ['no root was given', async () => ({ trust: 'none', view: null }), /was given no root/],
    ['another version is named', async () => trusting(abc, '2.1.0'), /vouches for version 2\.0\.0/],
    ['the runtime does not answer', () => Promise.reject(new Error('gone')), /cannot be asked/],
  ])('downloads nothing where %s, and says so', async (_, trust, words) => {
    expect(await look({ trust })).toEqual([expect.stringMatching(words)])
  })

  it('does not install another file than the one that is vouched for', async () => {
    const told = await look({ trust: async () => trusting('a'.repeat(64)) })
    expect(told.at(-1)).toMatch(/^Not updated: the file is as long as .* but not the one/)
    expect(told).not.toContain('installs')
    expect(told).not.toContain('stops the runtime')
  })

  it('waits for a swap, then stops the runtime, then installs', async () => {
    let asked = 0
    const models = async () => [model(asked++ < 2 ? 'qualifying' : 'running')]
    const told = await look({ models })
    expect(told.filter((words) => words.includes('waits'))).toHaveLength(2)
    expect(told.slice(-2)).toEqual(['stops the runtime', 'installs'])
  })

  it('asks again after each wait: what is withdrawn meanwhile is not installed', async () => {
    let asked = 0
    const trust = async () => trusting(abc, asked++ < 2 ? '2.0.0' : '3.0.0')
    const told = await look({ trust, models: async () => [model('qualifying')] })
    expect(told).toEqual([
      'Version 2.0.0 is being downloaded',
      'downloads',
      'Version 2.0.0 waits: a version of pump is being put in place',
      'Not updated: no trusted metadata vouches for version 2.0.0',
    ])
  })

  it('hashes the file again right before: one that was swapped is not installed, and the app starts over', async () => {
    const told = await look({ beforeInstall: async () => writeFileSync(file, 'abd') })
    expect(told.slice(-2)).toEqual([
      expect.stringMatching(/^Not updated: since it arrived, the file was changed: /),
      'starts over',
    ])
    writeFileSync(file, 'abc')
    const gone = await look({ beforeInstall: async () => rmSync(file) })
    expect(gone.at(-1)).toBe('starts over')
    expect([...told, ...gone]).not.toContain('installs')
  })

  it('says what went wrong', async () => {
    const told = await look({
      source: async () => {
        throw new Error('no network')
      },
    })
    expect(told).toEqual(['The update failed: no network'])
  })
})

describe('an update from a chosen file', () => {
  const own = join(folder, 'own')
  async function choose(path: string, change: Partial<FileParts> = {}) {
    const { told, note, parts } = noting(change)
    const opened: string[] = []
    const open = (copy: string) => {
      opened.push(readFileSync(copy, 'utf8'))
      note('opens')
    }
    await updateFromFile(
      { ...parts, open, stage: (mostBytes) => stageFile(path, own, mostBytes), ...change },
      signal,
    )
    return { told, opened }
  }

  it('is judged and opened as a copy, whatever becomes of the stick', async () => {
    const beforeInstall = async () => writeFileSync(file, 'swapped')
    const { told, opened } = await choose(file, { beforeInstall })
    expect(told).toEqual(['Version 2.0.0 is being installed', 'opens'])
    expect(opened).toEqual(['abc'])
    if (process.platform !== 'win32') expect(statSync(own).mode & 0o077).toBe(0)
  })

  it('is refused where its digest is not named, and where it is longer than any that is', async () => {
    writeFileSync(file, 'abd')
    const { told, opened } = await choose(file)
    expect(told).toEqual([expect.stringMatching(/^Not updated: .* not the one that trusted metadata names$/)])
    expect(opened).toEqual([])
    appendFileSync(file, 'more')
    expect((await choose(file)).told).toEqual([
      'The update failed: app.bin is longer than any installer that is vouched for',
    ])
  })

  it('is refused where this machine trusts nobody, before the file is looked at', async () => {
    const stage = () => Promise.reject(new Error('looked at'))
    const { told } = await choose(file, { trust: async () => ({ trust: 'none', view: null }), stage })
    expect(told).toEqual([expect.stringContaining('was given no root')])
  })

  it.skipIf(process.platform === 'win32')('is refused where it is a link, a folder or a device', async () => {
    const link = join(folder, 'link')
    symlinkSync(file, link)
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const path of [link, folder, pipe, '/dev/zero'])
      expect((await choose(path)).told).toEqual([expect.stringMatching(/^The update failed: /)])
  })

  it('lies in its own folder, and nowhere beside', () => {
    expect(isStaged(join(own, 'x.deb'), own)).toBe(true)
    expect(isStaged(join(own, '..', 'x.deb'), own)).toBe(false)
    expect(isStaged(join(own, 'a', 'x.deb'), own)).toBe(false)
  })
})
