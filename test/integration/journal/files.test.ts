import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeLeftovers, writeDurably, writeDurablySync } from '#edge/journal/durable-file.ts'
import { openSettings } from '#edge/journal/settings.ts'
import { temporaryFolder } from './fixture.ts'

describe('a durable file', () => {
  it('holds the old or the new, and leaves nothing beside it', async () => {
    const dir = temporaryFolder()
    const path = join(dir, 'token')
    await writeDurably(path, 'one', { mode: 0o600 })
    expect(readFileSync(path, 'utf8')).toBe('one')
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    writeDurablySync(path, new Uint8Array([50]))
    expect(readFileSync(path, 'utf8')).toBe('2')
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000)
      throw new Error('the upload broke off')
    }
    await expect(writeDurably(path, broken())).rejects.toThrow('the upload broke off')
    expect(readFileSync(path, 'utf8')).toBe('2')
    mkdirSync(join(dir, 'taken'))
    await expect(writeDurably(join(dir, 'taken'), 'x')).rejects.toThrow()
    expect(() => writeDurablySync(join(dir, 'taken'), 'x')).toThrow()
    expect(readdirSync(dir).sort()).toEqual(['taken', 'token'])
  })

  it('can be written by many at once', async () => {
    const path = join(temporaryFolder(), 'f')
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000))
    await Promise.all(texts.map((text) => writeDurably(path, text)))
    expect(texts).toContain(readFileSync(path, 'utf8'))
  })

  it('leaves only what can be told apart and removed after a kill', async () => {
    const dir = temporaryFolder()
    writeFileSync(join(dir, '.model.ewp.3f2b6c1e-0000-4000-8000-000000000000.part'), 'half')
    writeFileSync(join(dir, '.hidden'), 'mine')
    await removeLeftovers(dir)
    expect(readdirSync(dir)).toEqual(['.hidden'])
  })
})

describe('settings', () => {
  it('begin with defaults and keep what is changed', async () => {
    const dir = temporaryFolder()
    const settings = await openSettings(dir, { hostname: 'line-4' })
    expect(settings.values).toEqual({ machine: 'line-4', allowUnsigned: false })
    expect(readdirSync(dir)).toEqual([])
    await Promise.all([settings.update({ allowUnsigned: true }), settings.update({ language: 'de' })])
    const again = await openSettings(dir, { hostname: 'renamed' })
    expect(again.values).toEqual({ machine: 'line-4', allowUnsigned: true, language: 'de' })
    expect(readdirSync(dir)).toEqual(['settings.json'])
  })

  it('refuse what cannot be, and stay', async () => {
    const settings = await openSettings(temporaryFolder(), { hostname: 'line-4' })
    await expect(settings.update({ machine: '' })).rejects.toMatchObject({ code: 'request-invalid' })
    await settings.update({ machine: 'press hall' })
    expect(settings.values.machine).toBe('press hall')
  })

  it('that cannot be written stay as they were', async () => {
    const dir = temporaryFolder()
    const settings = await openSettings(dir, { hostname: 'line-4' })
    mkdirSync(join(dir, 'settings.json'))
    await expect(settings.update({ allowUnsigned: true })).rejects.toThrow()
    expect(settings.values.allowUnsigned).toBe(false)
  })

  it('keep what a newer version wrote beside them', async () => {
    const dir = temporaryFolder()
    writeFileSync(join(dir, 'settings.json'), '{"machine":"m","allowUnsigned":false,"shift":"night"}')
    await (await openSettings(dir, { hostname: 'h' })).update({ language: 'en' })
    expect(JSON.parse(readFileSync(join(dir, 'settings.json'), 'utf8'))).toMatchObject({
      shift: 'night',
      language: 'en',
    })
  })

  it.each(['', '{"machine": "lin', '{"machine": 4, "allowUnsigned": false}', '[]'])(
    'are kept and refused where the file says %j',
    async (text) => {
      const dir = temporaryFolder()
      writeFileSync(join(dir, 'settings.json'), text)
      await expect(openSettings(dir, { hostname: 'h' })).rejects.toMatchObject({
        code: 'settings-damaged',
        message: expect.stringContaining(join(dir, 'settings.json')),
      })
      expect(readFileSync(join(dir, 'settings.json'), 'utf8')).toBe(text)
    },
  )
})
