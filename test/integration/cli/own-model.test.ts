import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { mlp } from '#support/models.ts'

const commandLine = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'edgewright-own-'))
let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
})
afterAll(async () => {
  await edge.remove()
  rmSync(cwd, { recursive: true, force: true })
})

/** As a person types it, in a folder of theirs. */
async function edgewright(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, INIT_CWD: cwd, EDGEWRIGHT_TOKEN: edge.token }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [commandLine, ...args], { cwd, env })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

/** Columns in another order than the model's, a label in the middle, odd names, a BOM, as exports have it. */
const order = ['Druck [bar]', 'failed', 'Luft-Temperatur', 'flow']
const modelOrder = ['flow', 'Luft-Temperatur', 'Druck [bar]']
const rows = Array.from({ length: 700 }, (_, i) => ({
  flow: Math.fround(Math.sin(i) * 4),
  'Luft-Temperatur': 290 + (i % 17),
  'Druck [bar]': i % 5,
  failed: i % 9 === 0 ? 1 : 0,
}))

describe('a model and a file that the project has never seen', () => {
  it('new, pack, inspect, install, replay: every decision is onnxruntime’s own, row by row', async () => {
    const { model } = mlp({ inputs: 3, hidden: 8, outputs: 2, activation: 'softmax', seed: 3 })
    writeFileSync(join(cwd, 'pump.onnx'), model)
    const line = (row: (typeof rows)[number]) => order.map((name) => row[name as keyof typeof row]).join(',')
    writeFileSync(join(cwd, 'data.csv'), `\uFEFF${order.join(',')}\r\n${rows.map(line).join('\r\n')}\r\n`)

    expect(
      await edgewright(
        'new',
        'pump.onnx',
        '--reference',
        'data.csv',
        '-o',
        'draft',
        '--features',
        modelOrder.join(','),
        '--label',
        'failed',
      ),
    ).toMatchObject({ code: 0 })
    const manifest = JSON.parse(readFileSync(join(cwd, 'draft', 'model.json'), 'utf8')) as Manifest
    expect(manifest.inputs.tensors).toMatchObject([{ kind: 'columns', features: modelOrder }])
    expect(await edgewright('pack', 'draft')).toMatchObject({ code: 0 })
    expect((await edgewright('inspect', 'pump-1.0.0.ewp')).stdout).toContain('Druck')
    expect(await edgewright('install', 'pump-1.0.0.ewp', '--edge', edge.url)).toMatchObject({ code: 0 })
    const replayed = await edgewright(
      'replay',
      'data.csv',
      '--edge',
      edge.url,
      '--model',
      'pump',
      '--label',
      'failed',
      '--out',
      'decisions.ndjson',
      '--json',
    )
    expect(JSON.parse(replayed.stdout)).toMatchObject({ rows: rows.length })

    const session = await ort.InferenceSession.create(model)
    const decisions = readFileSync(join(cwd, 'decisions.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Decision & { label: string })
    expect(decisions).toHaveLength(rows.length)
    for (const [i, row] of rows.entries()) {
      const input = Float32Array.from(modelOrder.map((name) => row[name as keyof typeof row]))
      const answer = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', input, [1, 3]) })
      const direct = answer[session.outputNames[0]!]!.data as Float32Array
      expect(decisions[i]?.probability).toBeCloseTo(direct[1]!, 6)
      expect(decisions[i]?.label).toBe(String(row.failed))
    }
  })

  it.each<[string, string[], number, RegExp]>([
    ['an unknown command', ['fly'], 2, /unknown command/],
    ['a missing argument', ['replay', 'data.csv'], 2, /--model/],
    ['no edge named', ['install', 'pump-1.0.0.ewp'], 1, /not said which edge/],
    [
      'a data folder on which no edge has run',
      ['install', 'pump-1.0.0.ewp', '--data', 'nowhere'],
      1,
      /no edge runs on/,
    ],
    ['a port that is none', ['edge', '--data', 'd', '--port', '99999'], 2, /65535/],
    ['a file for a data folder', ['edge', '--data', 'data.csv', '--port', '0'], 1, /cannot be made/],
    ['a package that is not there', ['install', 'ghost.ewp', '--edge', 'EDGE'], 1, /no package at/],
    ['a file that is no package', ['install', 'data.csv', '--edge', 'EDGE'], 1, /./],
    [
      'an edge that does not answer',
      ['replay', 'data.csv', '--model', 'pump', '--edge', 'http://127.0.0.1:9'],
      1,
      /does not answer/,
    ],
    [
      'a column that is missing',
      ['replay', 'other.csv', '--model', 'pump', '--edge', 'EDGE'],
      1,
      /no column "Luft-Temperatur"/,
    ],
    [
      'a model that is not there',
      ['replay', 'data.csv', '--model', 'ghost', '--edge', 'EDGE'],
      1,
      /no model "ghost"/,
    ],
    ['a second version', ['install', 'pump-1.0.0.ewp', '--edge', 'EDGE'], 1, /already runs/],
    ['a page for a model', ['new', 'page.onnx', '--reference', 'data.csv'], 1, /HTML/i],
    ['another address than loopback', ['edge', '--data', 'd', '--host', '0.0.0.0'], 1, /TLS/],
  ])('%s: one line of what, why and what next', async (_, args, code, words) => {
    writeFileSync(join(cwd, 'other.csv'), 'flow,Druck [bar]\n1,2\n')
    writeFileSync(join(cwd, 'page.onnx'), '<!DOCTYPE html><html><body>404</body></html>')
    const result = await edgewright(...args.map((arg) => (arg === 'EDGE' ? edge.url : arg)))
    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(words)
    expect(result.stderr).not.toMatch(/^\s+at /m)
    if (code === 1)
      expect(
        result.stderr
          .trim()
          .split('\n')
          .filter((l) => !l.endsWith('before this.')),
      ).toHaveLength(1)
  })

  it('finds the edge by its data folder alone', async () => {
    const result = await edgewright('link', '--data', edge.dataDir)
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining(`${edge.url}/#code=`) })
  })

  it('a second runtime on one data folder is refused, naming the first', async () => {
    const result = await edgewright('edge', '--data', edge.dataDir, '--port', '0')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(String(process.pid))
  })
})
