import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { version } from '#central/version.ts'

it('says the version of the package', () => {
  expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})
