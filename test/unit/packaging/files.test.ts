import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  importsOf,
  isNeeded,
  packageOf,
  packagesBehind,
  programFiles,
} from '../../../build/package-files.mjs'

const linux = { platform: 'linux', arch: 'x64' }
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgewright-files-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(files: Record<string, string | object>) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

describe('a file of a package', () => {
  it.each([
    ['fastify', 'lib/route.js'],
    ['fastify', 'package.json'],
    ['zod', 'LICENSE'],
    ['lru-cache', 'LICENSE.md'],
    ['onnxruntime-node', 'bin/napi-v6/linux/x64/onnxruntime_binding.node'],
    ['sharp', 'dist/index.mjs'],
    ['sharp', 'lib/license.js'],
  ])('goes along: %s %s', (name, path) => {
    expect(isNeeded(name, path, linux)).toBe(true)
  })

  it.each([
    ['fastify', 'test/route.test.js'],
    ['fastify', 'docs/index.html'],
    ['zod', 'src/index.ts'],
    ['zod', 'index.d.cts'],
    ['pino', '.github/workflows/ci.yml'],
    ['pino', 'lib/tools.js.map'],
    ['onnxruntime-node', 'bin/napi-v6/linux/arm64/onnxruntime_binding.node'],
    ['onnxruntime-node', 'bin/napi-v6/win32/x64/DirectML.dll'],
    ['onnxruntime-node', 'script/install.js'],
    ['sharp', 'src/sharp.cc'],
  ])('stays out: %s %s', (name, path) => {
    expect(isNeeded(name, path, linux)).toBe(false)
  })
})

describe('imports', () => {
  it('are found in every form that a bundle or a style sheet has', () => {
    const code = `import a from "a"\nimport "b"\nconst c = await import("c/d")\nexport { e } from '@e/f/g'\nrequire('h')\n@import "i";`
    expect(importsOf(code)).toEqual(['a', 'b', 'c/d', '@e/f/g', 'h', 'i'])
  })

  it.each([
    ['zod/v4', 'zod'],
    ['@fastify/static', '@fastify/static'],
    ['@img/colour/x.js', '@img/colour'],
    ['node:fs', undefined],
    ['./chunk.js', undefined],
    ['$inAString', undefined],
    ['#core/x.ts', undefined],
  ])('%s names the package %s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name)
  })
})

describe('the programs', () => {
  it("go along with what they import, and with those that only a fork names; demos and the fleet's server stay out with their own", () => {
    put({
      'edgewright.js': `import "./shared-1.js"\nimport("./doctor-1.js")\nimport("./central.js")`,
      'central.js': `import "./shared-1.js"\nimport "./database-1.js"`,
      'central-backup.js': `import "./database-1.js"`,
      'database-1.js': '',
      'fleet-demo.js': `import("./central.js")`,
      'lane-process.js': '',
      'demo.js': `import "./shared-1.js"\nimport "./line-1.js"`,
      'shared-1.js': '',
      'doctor-1.js': '',
      'line-1.js': '',
    })
    expect(programFiles(root)).toEqual(['doctor-1.js', 'edgewright.js', 'lane-process.js', 'shared-1.js'])
  })
})

describe('the packages behind an import', () => {
  it('are those that the code names, nested ones too, and optional ones where installed', () => {
    const need = (dependencies: Record<string, string>, more = {}) => ({
      version: '1.0.0',
      dependencies,
      ...more,
    })
    put({
      'node_modules/a/package.json': need(
        { b: '1', installer: '1', types: '1' },
        {
          optionalDependencies: { 'a-linux': '1', 'a-win': '1' },
        },
      ),
      'node_modules/a/index.js': `require('b/deep')`,
      'node_modules/a/test/index.js': `require('installer')`,
      'node_modules/a/node_modules/b/package.json': need({ c: '1' }),
      'node_modules/a/node_modules/b/deep.js': `require("c")`,
      'node_modules/b/package.json': need({}),
      'node_modules/c/package.json': need({}),
      'node_modules/a-linux/package.json': need({}),
      'node_modules/installer/package.json': need({}),
    })
    expect(packagesBehind(root, ['a'], linux).map(({ path }) => path)).toEqual([
      'node_modules/a',
      'node_modules/a-linux',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ])
    expect(() => packagesBehind(root, ['nowhere'], linux)).toThrow(/"nowhere".*not installed/)
  })
})
