import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readImageFile } from '#edge/package/image-size.ts'
import { greyPng } from '#support/fake-png.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-images-'))
  writeFileSync(
    join(dir, 'a.png'),
    greyPng(2, 2, (x) => x),
  )
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('an image of a reference', () => {
  it('is read where it lies beside it', async () => {
    expect((await readImageFile(dir, 'a.png')).length).toBeGreaterThan(0)
    await expect(readImageFile(dir, 'b.png')).rejects.toThrow(/"b.png" is not there/)
  })
  it('is not read from elsewhere, though it is there', async () => {
    for (const path of [`../${basename(dir)}/a.png`, join(dir, 'a.png'), '..\\a.png'])
      await expect(readImageFile(dir, path)).rejects.toThrow(/does not lie beside it/)
  })
})
