import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deploymentStateSchema } from '#core/contracts/deployment.ts'
import { mayFollow, type StateName } from '#edge/deploy/states.ts'

const names: StateName[] = ['absent', ...deploymentStateSchema.options.map(({ shape }) => shape.state.value)]

/** The rows of the table under "| from | to |", without what stands in brackets. */
function documented(): Map<string, string[]> {
  const text = readFileSync(new URL('../../../docs/deployment.md', import.meta.url), 'utf8')
  const [, table = ''] = text.split('| from | to |\n| --- | --- |\n')
  const rows = (table.split('\n\n')[0] ?? '').split('\n').map((line) => line.split('|').slice(1, 3))
  const states = (cell: string) => cell.replace(/\([^)]*\)/g, '').match(/[a-z-]+/g) ?? []
  return new Map(rows.map(([from = '', to = '']) => [from.trim(), states(to)]))
}

describe('docs/deployment.md', () => {
  it('says what may follow what, as edge/deploy/states.ts does', () => {
    const table = documented()
    expect([...table.keys()].sort()).toEqual([...names].sort())
    for (const from of names)
      expect([...(table.get(from) ?? [])].sort(), from).toEqual(
        names.filter((to) => mayFollow(from, to)).sort(),
      )
  })
})
