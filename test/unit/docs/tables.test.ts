import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

it('docs/ARCHITECTURE.md names every dependency, and none that there is not', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>
  const [, table = ''] = read('docs/ARCHITECTURE.md').split('| package | why |\n| --- | --- |\n')
  const named = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => (line.split('|')[1] ?? '').split(',').map((name) => name.trim()))
  expect(named.sort()).toEqual([...Object.keys(dependencies!), ...Object.keys(devDependencies!)].sort())
})

it('the fault table of docs/updates.md names tests that there are', () => {
  const [, part = ''] = read('docs/updates.md').split('## The fault table')
  const files = [...part.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path)
  const places = (path: string) => ['', 'test/', 'test/integration/'].map((folder) => `${folder}${path}`)
  const isThere = (path: string) => existsSync(new URL(`../../../${path}`, import.meta.url))
  expect(files.filter((path) => !places(path).some(isThere))).toEqual([])
  expect(files.length).toBeGreaterThan(20)
})
