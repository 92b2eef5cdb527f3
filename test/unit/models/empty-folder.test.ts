import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyFolder } from '#models/fleet/empty-folder.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'edgewright-demo-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('takes away what an earlier demo left, and makes the folder where there is none', async () => {
  const story = join(dir, 'deep', 'story')
  await emptyFolder(story)
  await writeFile(join(story, 'left'), 'of the first demo')
  await emptyFolder(story)
  expect(await readdir(story)).not.toContain('left')
})

it('leaves a folder alone that no demo filled', async () => {
  await writeFile(join(dir, 'thesis.txt'), 'seven years')
  await expect(emptyFolder(dir)).rejects.toThrow(/no demo put there.*--data/)
  expect(await readFile(join(dir, 'thesis.txt'), 'utf8')).toBe('seven years')
})
