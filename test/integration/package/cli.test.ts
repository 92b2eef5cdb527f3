import { execFile } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { csvOf, workFolder } from '#support/drafts.ts'
import { logistic } from '#support/models.ts'

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

let work: ReturnType<typeof workFolder>
beforeEach(() => {
  work = workFolder()
})
afterEach(() => work.remove())

interface Ended {
  status: number
  stdout: string
  stderr: string
}

/** The command line as its own process, in the folder of the person who types. */
function edgewright(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, INIT_CWD: work.dir }
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

describe('edgewright new, pack and inspect', () => {
  it('lead from a model and a table to a package that says what it holds', async () => {
    writeFileSync(work.path('Pump seal.onnx'), logistic({ weights: [1, -1], bias: 0, label: true }))
    writeFileSync(work.path('rows.csv'), csvOf(['Pressure [bar]', 'flow'], 80))

    const drafted = await edgewright('new', 'Pump seal.onnx', '--reference', 'rows.csv')
    expect(drafted).toMatchObject({ status: 0, stderr: '' })
    expect(drafted.stdout).toContain('Drafted pump-seal/')
    expect(drafted.stdout).toContain('left out: "outcome" (named like what a model predicts)')
    expect(drafted.stdout).toContain(
      'not used: output "label" (the class alone; another output says how sure)',
    )

    const packed = await edgewright('pack', 'pump-seal', '--json')
    const report = JSON.parse(packed.stdout)
    expect(report).toMatchObject({
      manifest: { id: 'pump-seal' },
      file: work.path('pump-seal-1.0.0.ewp'),
      golden: { rows: 16 },
    })

    const inspected = await edgewright('inspect', 'pump-seal-1.0.0.ewp')
    expect(inspected.stdout).toContain('Pressure (Pressure [bar]), bar: usually')
    expect(inspected.stdout).toContain(`every digest verified, sha256 ${report.digest}`)
    expect(JSON.parse((await edgewright('inspect', 'pump-seal-1.0.0.ewp', '--json')).stdout)).toMatchObject({
      digest: report.digest,
      golden: { rows: 16 },
      manifest: report.manifest,
    })
  })

  it('refuse in one line on stderr, with status 1 and no stack trace', async () => {
    writeFileSync(work.path('page.onnx'), '<!doctype html>')
    writeFileSync(work.path('rows.csv'), 'a\n1\n')
    const refused = await edgewright('new', 'page.onnx', '--reference', 'rows.csv')
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('"page.onnx" is refused: it is a web page (HTML)'),
    ])
    expect((await edgewright('pack', 'nowhere')).stderr).toMatch(/^"model.json" is missing.*\n$/)
    expect((await edgewright('inspect', 'nowhere.ewp')).stderr).toMatch(/^there is no package at .*\n$/)
    expect((await edgewright('new', 'page.onnx')).status).toBe(2)
    expect(readdirSync(work.dir).sort()).toEqual(['page.onnx', 'rows.csv'])
  })
})
