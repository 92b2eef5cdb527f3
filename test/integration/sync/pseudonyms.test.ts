import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openPseudonyms } from '#edge/sync/privacy/pseudonyms.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})
function folder(): string {
  dirs.push(mkdtempSync(join(tmpdir(), 'edgewright-pseudonyms-')))
  return dirs.at(-1)!
}

describe('the key of pseudonyms', () => {
  it('is made once, for its owner only, and gives the same pseudonyms after a start', () => {
    const dir = folder()
    const first = openPseudonyms(dir, randomBytes)('asset', 'bed 7')
    expect(first).toMatch(/^p:[0-9a-f]{16}$/)
    chmodSync(join(dir, 'pseudonym.key'), 0o644)
    expect(openPseudonyms(dir, randomBytes)('asset', 'bed 7')).toBe(first)
    if (process.platform !== 'win32') expect(statSync(join(dir, 'pseudonym.key')).mode & 0o777).toBe(0o600)
    expect(openPseudonyms(folder(), randomBytes)('asset', 'bed 7')).not.toBe(first)
  })

  it('is not replaced silently where it is damaged', () => {
    const dir = folder()
    writeFileSync(join(dir, 'pseudonym.key'), 'short')
    expect(() => openPseudonyms(dir, randomBytes)).toThrow(/no key of pseudonyms/)
  })
})
