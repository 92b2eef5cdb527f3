import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorRegistry } from '#core/contracts/errors.ts'

const table = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

describe('docs/errors.md', () => {
  it('is the registry, line by line', () => {
    const rows = Object.entries(errorRegistry).map(
      ([code, { status, hint }]) => `| \`${code}\` | ${status} | ${hint.replaceAll('|', '\\|')} |`,
    )
    expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows)
  })
})
