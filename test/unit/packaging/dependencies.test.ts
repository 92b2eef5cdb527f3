import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { filesUnder, importsOf, packageOf } from '../../../build/package-files.mjs'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const folder = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

const packagesIn = (layer: string) =>
  filesUnder(folder(layer))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => importsOf(read(`${layer}/${file}`)).map(packageOf))
    .filter((name) => name !== undefined)

describe('what the programs import', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }

  it.each(['core', 'edge', 'central', 'cli'])(
    'stays installed without the developers’ packages: %s',
    (layer) => {
      const missing = packagesIn(layer).filter((name) => !(name in dependencies))
      expect([...new Set(missing)]).toEqual([])
    },
  )

  it("goes into the server's image: nothing that central or the command line needs is deleted there", () => {
    const deleted = [...read('Containerfile.central').matchAll(/node_modules\/((?:@[\w-]+\/)?[@\w-]+)/g)].map(
      ([, name]) => name as string,
    )
    expect(deleted).toContain('onnxruntime-node')
    expect(packagesIn('central').filter((name) => deleted.includes(name))).toEqual([])
  })
})
