import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')

/** Imports by the file they stand in: `crossing` fails the lint, `legal` passes it. */
const table: { file: string; crossing: string[]; legal: string[] }[] = [
  {
    file: 'core/package/planted.ts',
    crossing: [
      'node:fs',
      'fs',
      'node:crypto',
      '#edge/journal/journal.ts',
      '../../edge/journal/journal.ts',
      'fastify',
    ],
    legal: [
      'zod',
      'zod/mini',
      '@marcbachmann/cel-js',
      './columns.ts',
      '../contracts/reading.ts',
      '#core/contracts/reading.ts',
    ],
  },
  {
    file: 'core/planted.ts',
    crossing: ['../edge/edge.ts', '../cli/main.ts', 'pino'],
    legal: ['./contracts/reading.ts'],
  },
  {
    file: 'edge/deploy/planted.ts',
    crossing: [
      'electron',
      'react',
      'react-dom/client',
      '@mantine/core',
      '@tanstack/react-query',
      'uplot',
    ].concat(
      [
        '#cli/main.ts',
        '#central/registry/settle.ts',
        '#models/demo.ts',
        '#support/x.ts',
        '../../cli/main.ts',
        '../../renderer/ui/format.ts',
      ],
      [
        '../../central/app.ts',
        '../../models/demo.ts',
        '../../electron/main/main.ts',
        '../../test/support/x.ts',
      ],
      ['onnxruntime-node', 'onnxruntime-common', 'node:sqlite', 'lowdb', 'lowdb/node', 'kysely', 'pg'],
    ),
    legal: [
      'node:fs',
      'fastify',
      '#core/contracts/reading.ts',
      '#edge/inference/lane.ts',
      '../journal/journal.ts',
    ],
  },
  {
    file: 'edge/inference/planted.ts',
    crossing: ['node:sqlite', 'lowdb', 'electron', 'react', '#cli/main.ts', '../../cli/main.ts'],
    legal: ['onnxruntime-node', 'sharp', 'node:child_process', './lane.ts'],
  },
  {
    file: 'edge/journal/planted.ts',
    crossing: [
      'onnxruntime-node',
      'electron',
      'react',
      'kysely',
      '#cli/main.ts',
      '../../renderer/ui/format.ts',
    ],
    legal: ['node:sqlite', 'lowdb', 'lowdb/node', './journal.ts'],
  },
  {
    file: 'edge/planted.ts',
    crossing: ['../cli/main.ts', '../renderer/ui/format.ts', 'onnxruntime-node', 'sharp', 'node:sqlite'],
    legal: ['./journal/journal.ts', 'pino'],
  },
  {
    file: 'renderer/edge/planted.tsx',
    crossing: [
      '#core/package/digest.ts',
      '#edge/edge.ts',
      '#cli/main.ts',
      '../../edge/edge.ts',
      '../../core/contracts/api.ts',
    ].concat([
      '../../core/package/digest.ts',
      '../../cli/main.ts',
      'node:fs',
      'fs',
      'fastify',
      'electron',
      'onnxruntime-node',
      'node:sqlite',
    ]),
    legal: [
      'react',
      'react-dom/client',
      '@mantine/core',
      '@mantine/core/styles.css',
      '@tanstack/react-router',
      'zod',
    ].concat(
      [
        'react-i18next',
        'uplot',
        'uplot/dist/uPlot.min.css',
        '@fontsource/ibm-plex-sans',
        '#core/contracts/api.ts',
      ],
      ['../ui/format.ts', './main.css'],
    ),
  },
  {
    file: 'renderer/edge/now/planted.tsx',
    crossing: ['../../../edge/edge.ts'],
    legal: ['../api.ts', '../../ui/format.ts'],
  },
  {
    file: 'cli/planted.ts',
    crossing: [
      'electron',
      'react',
      'onnxruntime-node',
      'node:sqlite',
      'lowdb',
      '../renderer/ui/format.ts',
      '../test/support/x.ts',
    ],
    legal: ['commander', '#edge/edge.ts', '#core/contracts/api.ts', './io.ts'],
  },
  {
    file: 'models/machine-failure/planted.ts',
    crossing: ['onnxruntime-node', 'node:sqlite', 'react', '../../renderer/ui/format.ts'],
    legal: ['#edge/edge.ts', '#core/contracts/api.ts', './simulate.ts'],
  },
  {
    file: 'central/planted.ts',
    crossing: ['#edge/edge.ts', '../edge/edge.ts', 'kysely', 'pg', 'electron', '../renderer/ui/format.ts'],
    legal: ['fastify', '#core/contracts/api.ts'],
  },
  { file: 'central/store/planted.ts', crossing: ['node:sqlite', '#edge/edge.ts'], legal: ['kysely', 'pg'] },
  {
    file: 'electron/main/planted.ts',
    crossing: [
      '#edge/edge.ts',
      '#central/registry/settle.ts',
      '../../edge/edge.ts',
      '#core/package/digest.ts',
      'node:sqlite',
      'onnxruntime-node',
    ],
    legal: ['electron', '#core/contracts/api.ts', 'node:path'],
  },
  {
    file: 'build/planted.mjs',
    crossing: ['electron', 'onnxruntime-node', 'node:sqlite', 'lowdb', 'pg'],
    legal: ['node:fs'],
  },
  {
    file: 'test/unit/planted.ts',
    crossing: [],
    legal: ['onnxruntime-node', 'node:sqlite', '#edge/edge.ts', 'react'],
  },
]

const cases = table.flatMap(({ file, crossing, legal }) => [
  ...crossing.map((from) => ({ file, line: `import '${from}'`, fails: true })),
  ...legal.map((from) => ({ file, line: `import '${from}'`, fails: false })),
])
for (const line of [
  "import type { Lane } from '#edge/inference/lane.ts'",
  "export * from '#edge/inference/lane.ts'",
  "export { x } from '../../edge/x.ts'",
  "const x = await import('#edge/inference/lane.ts')",
  "const x = require('#edge/inference/lane.ts')",
])
  cases.push({ file: 'core/package/planted.ts', line, fails: true })

/** The places of the cases for which the lint finds something, in a folder with the project's biome.json and them alone. */
function lint(folder: string): Set<number> {
  const args = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github', '.']
  const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' })
  return new Set(
    [...stdout.matchAll(/(?:noRestrictedImports|noCommonJs),file=[^,]*planted-(\d+)\./g)].map(([, place]) =>
      Number(place),
    ),
  )
}

describe('the layers', () => {
  let found = new Set<number>()

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'layers-'))
    try {
      copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
      for (const [place, { file, line }] of cases.entries()) {
        const path = join(folder, file.replace('planted', `planted-${place}`))
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, `${line}\n`)
      }
      found = lint(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  const numbered = cases.map((planted, place) => ({ ...planted, place }))

  it.each(numbered.filter(({ fails }) => fails))('are crossed in $file by: $line', ({ place }) => {
    expect([...found]).toContain(place)
  })

  it.each(numbered.filter(({ fails }) => !fails))('are kept in $file by: $line', ({ place }) => {
    expect([...found]).not.toContain(place)
  })
})

describe('the types', () => {
  /** What the compiler says of one line as a file of `layer`: with its settings, and nothing else. */
  function compile(layer: string, line: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'types-'))
    try {
      const file = join(folder, 'planted.mts')
      writeFileSync(file, `${line}\n`)
      const typeRoots = [join(root, 'node_modules/@types'), join(root, 'node_modules')]
      const config = {
        extends: join(root, layer, 'tsconfig.json'),
        compilerOptions: { typeRoots },
        files: [file],
        include: [],
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      return spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
        encoding: 'utf8',
      }).stdout
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it.each([
    ['core', 'export const x = process.pid', "Cannot find name 'process'"],
    ['core', 'export const x = document.title', "Cannot find name 'document'"],
    ['edge', 'export const x = document.title', "Cannot find name 'document'"],
    ['cli', 'export const x = window.innerWidth', "Cannot find name 'window'"],
    ['renderer', 'export const x = process.pid', "Cannot find name 'process'"],
    ['edge', 'export enum X { A }', 'erasableSyntaxOnly'],
    ['edge', 'export class X { constructor(readonly y: number) {} }', 'erasableSyntaxOnly'],
    ['core', 'export const x: string = [""][0]', "'string | undefined' is not assignable"],
  ])('of %s refuse: %s', (layer, line, why) => {
    expect(compile(layer, line)).toContain(why)
  })

  it.each([
    ['core', 'export const x: number = 1'],
    ['edge', 'export const x = process.pid'],
    ['renderer', 'export const x = document.title'],
  ])('of %s allow: %s', (layer, line) => {
    expect(compile(layer, line)).toBe('')
  })
})
