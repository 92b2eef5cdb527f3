import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sha256Of, type UpdateParts, updateOnce } from '../../../electron/main/app-updates.ts'
import {
  type InstallFacts,
  installStep,
  judgeDownload,
  nothingIsTrusted,
} from '../../../electron/main/decide/update.ts'

const digest = 'a'.repeat(64)
type Model = NonNullable<InstallFacts['models']>[number]

function model(deployment: string): Model {
  const slot = { deployment: { state: deployment } }
  return { id: 'pump', slots: { running: null, previous: null, staged: slot } } as unknown as Model
}

describe('a downloaded update', () => {
  it('is refused where nobody vouches for it, and where it is another file', () => {
    expect(judgeDownload('2.0.0', digest, new Set())).toMatchObject({ install: false })
    expect(judgeDownload('2.0.0', digest, new Set(['b'.repeat(64)]))).toMatchObject({ install: false })
    expect(judgeDownload('2.0.0', '', new Set(['']))).toMatchObject({ install: false })
    expect(judgeDownload('2.0.0', digest, new Set([digest]))).toEqual({ install: true })
  })

  const ready: InstallFacts = { enabled: true, judgement: { install: true }, models: [], stopsRuntime: true }
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

describe('one look for an update', () => {
  const folder = mkdtempSync(join(tmpdir(), 'update-'))
  const file = join(folder, 'app.bin')
  writeFileSync(file, 'abc')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  /** Of "abc", FIPS 180-2, B.1. */
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

  async function look(change: Partial<UpdateParts>): Promise<string[]> {
    const told: string[] = []
    const note = (words: string) => {
      told.push(words)
    }
    const parts: UpdateParts = {
      source: async () => ({
        check: async () => ({ version: '2.0.0' }),
        download: async () => {
          note('downloads')
          return file
        },
        install: () => note('installs'),
      }),
      trusted: async () => new Set([abc]),
      enabled: () => true,
      models: async () => [],
      stopsRuntime: () => true,
      beforeInstall: async () => note('stops the runtime'),
      sleep: async () => undefined,
      say: note,
      ...change,
    }
    await updateOnce(parts, new AbortController().signal)
    return told
  }

  it('hashes the whole file', async () => {
    expect(await sha256Of(file)).toBe(abc)
  })

  it('asks nobody while updates are off', async () => {
    const source = async (): Promise<never> => {
      throw new Error('asked')
    }
    expect(await look({ enabled: () => false, source })).toEqual(['App updates are off'])
  })

  it('downloads nothing while nothing is trusted, and says so', async () => {
    const told = await look({ trusted: nothingIsTrusted })
    expect(told).toEqual([
      'Not updated: no trusted metadata vouches for version 2.0.0, so it is not installed',
    ])
  })

  it('does not install another file than the one that is vouched for', async () => {
    const told = await look({ trusted: async () => new Set([digest]) })
    expect(told.at(-1)).toContain('is not the one')
    expect(told).not.toContain('installs')
  })

  it('waits for a swap, then stops the runtime, then installs', async () => {
    let asked = 0
    const models = async () => [model(asked++ < 2 ? 'qualifying' : 'running')]
    const told = await look({ models })
    expect(told.filter((words) => words.includes('waits'))).toHaveLength(2)
    expect(told.slice(-2)).toEqual(['stops the runtime', 'installs'])
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
