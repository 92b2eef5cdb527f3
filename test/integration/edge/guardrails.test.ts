import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AlertsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { type Guardrail, type Rehearsal, rehearsalSchema } from '#core/contracts/guardrail.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { streams } from '#edge/journal/journal.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { guardrailOf } from '#support/guardrails.ts'
import { buildModel, node, weights } from '#support/onnx-builder.ts'
import { installOn, packaged } from '#support/package.ts'

const commandLine = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'edgewright-guardrails-'))
let edge: TestEdge

/** sigmoid(flow), but no number where flow is 10: zero divided by zero. */
const failing = () =>
  buildModel({
    inputs: [{ name: 'input', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'probability', type: 'float32', shape: ['rows', 1] }],
    weights: [weights('ten', [1], [10])],
    nodes: [
      node('Sub', ['input', 'ten'], ['apart']),
      node('Div', ['apart', 'apart'], ['one']),
      node('Sigmoid', ['input'], ['p']),
      node('Mul', ['p', 'one'], ['probability']),
    ],
  })
const version = (change: (manifest: Manifest) => unknown, id = 'pump') =>
  packaged({
    id,
    model: failing(),
    features: ['flow'],
    edit: change,
  })
const fewErrors = (change: Partial<Guardrail>): Guardrail => ({
  ...guardrailOf({ action: 'rollback', when: { overS: 3600 } }),
  ...change,
})
const rules = { rules: [{ when: 'flow > 1.0', alert: 'failure' }] }

beforeAll(async () => {
  edge = await startTestEdge()
  await installOn(edge, await version(() => undefined))
  const bad = await version((manifest) => {
    manifest.version = '1.1.0'
    manifest.release = 2
    // Two that fire in the same second: the second must not reach for the version that the first brought back.
    manifest.guardrails = [fewErrors({ id: 'errors' }), fewErrors({ id: 'errors-too' })]
    const [alert] = manifest.decision.alerts
    manifest.fallback = { rules: [{ ...rules.rules[0]!, alert: alert!.id }] }
  })
  await installOn(edge, bad)
})
afterAll(async () => {
  await edge.remove()
  rmSync(cwd, { recursive: true, force: true })
})

const send = (flows: number[]) =>
  edge.client.json<Decision[]>(
    'POST',
    '/api/models/pump/readings',
    flows.map((flow) => ({
      asset: 'p',
      time: new Date().toISOString(),
      values: { flow },
    })),
  )
const rehearsal = '/api/models/pump/guardrails/rehearsal'
const model = () => edge.client.json<ModelSummary>('GET', '/api/models/pump')

/** Events of the stream `rollout`, as the journal holds them. */
function rollout(): { kind: string; body: object }[] {
  const db = new DatabaseSync(join(edge.dataDir, 'journal.db'), { readOnly: true })
  try {
    const blocks = db
      .prepare(`SELECT payload FROM blocks WHERE stream = ${streams.rollout} ORDER BY id`)
      .all()
    return blocks.flatMap(({ payload }) => JSON.parse(Buffer.from(payload as Uint8Array).toString()))
  } finally {
    db.close()
  }
}

async function edgewright(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, INIT_CWD: cwd, EDGEWRIGHT_TOKEN: edge.token }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [commandLine, ...args], { cwd, env })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

describe('a version that errs more than was agreed', () => {
  it('is taken back by itself, once, and people are told by whose decision', async () => {
    await edge.client.json('POST', '/api/models/pump/activate', {
      version: '1.1.0',
      mode: 'replace',
      reason: 'trying it',
    })
    expect((await model()).guardrails).toMatchObject([
      { id: 'errors', state: 'quiet', value: null },
      { id: 'errors-too', state: 'quiet' },
    ])
    const decisions = await send([...Array.from({ length: 8 }, () => 0.1), 10, 10, 10])
    expect(decisions.at(-1)!.quality).toMatchObject([{ code: 'output-not-finite' }])
    await vi.waitFor(async () => expect((await model()).slots.running?.version).toBe('1.0.0'), {
      timeout: 120_000,
      interval: 100,
    })
    const alerts = async () =>
      (await edge.client.json<AlertsPage>('GET', '/api/alerts?asset=pump')).alerts.filter((alert) =>
        alert.rule.startsWith('guardrail:'),
      )
    const fired = () => rollout().filter(({ kind }) => kind === 'guardrail.fired')
    await vi.waitFor(() => expect(fired()).toHaveLength(2), { timeout: 120_000, interval: 100 })
    expect(fired()).toMatchObject([
      { body: { guardrail: 'errors', version: '1.1.0', n: 11, decidedBy: { name: 'D. Kim' } } },
      { body: { guardrail: 'errors-too', version: '1.1.0', n: 11, limit: 0.1 } },
    ])
    await vi.waitFor(async () => expect(await alerts()).toHaveLength(1), { timeout: 120_000, interval: 100 })
    expect(await alerts()).toMatchObject([
      {
        rule: 'guardrail:errors',
        state: 'returned-unacknowledged',
        priority: 'high',
        model: { version: '1.1.0' },
        guardrail: { n: 11, action: 'rollback', decidedBy: { name: 'D. Kim' } },
      },
    ])
    // The version that was brought back answers, and goes on to.
    expect(await send([0.1])).toMatchObject([{ by: 'model', model: { version: '1.0.0' } }])
    expect(await model()).toMatchObject({ answeredBy: 'model', guardrails: [] })
  })

  it('would have been found by a rehearsal of those guardrails, over HTTP and on the command line', async () => {
    const own = rehearsalSchema.parse(await edge.client.json('GET', rehearsal))
    expect(own).toMatchObject({ guardrails: [], readings: 12, versions: ['1.1.0', '1.0.0'] })

    const guardrails = [fewErrors({ id: 'mine' })]
    const again = () => edge.client.json<Rehearsal>('POST', rehearsal, { guardrails })
    // It looks at whole seconds, and at its end: until a second is over, when it fired depends on when one asks.
    const other = await vi.waitFor(
      async () => {
        const asked = await again()
        expect(asked.guardrails[0]!.firings[0]!.at).toMatch(/\.000Z$/)
        return asked
      },
      { timeout: 120_000, interval: 100 },
    )
    expect(rehearsalSchema.parse(other).guardrails).toMatchObject([{ id: 'mine', times: 1 }])

    writeFileSync(join(cwd, 'model.json'), JSON.stringify({ guardrails }))
    const typed = ['rehearse', 'pump', '--edge', edge.url, '--guardrails', 'model.json']
    const { code, stdout } = await edgewright(...typed)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^mine \(rollback\): Would have fired once in 7 days: /)
    expect(stdout).toContain('12 readings looked at, answered by version 1.1.0, 1.0.0.')
    const json = JSON.parse((await edgewright('--json', ...typed)).stdout)
    expect(rehearsalSchema.parse(json).guardrails).toEqual(
      other.guardrails.map((one) => ({ ...one, title: guardrails[0]!.title })),
    )
  })

  it('refuses in words what it cannot rehearse', async () => {
    const status = async (path: string, body?: object) => {
      const init = body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }
      const response = await edge.raw(init?.method ?? 'GET', path, init)
      return [response.status, ((await response.json()) as { error: { message: string } }).error.message]
    }
    expect(await status(`${rehearsal}?from=yesterday`)).toEqual([400, '"from": not an RFC 3339 time'])
    expect(await status(`${rehearsal}?from=2999-01-01T00:00:00Z`)).toEqual([
      400,
      '"from" is not before "to", or lies in the future',
    ])
    expect((await status('/api/models/none/guardrails/rehearsal'))[0]).toBe(404)
    expect((await status(rehearsal, { guardrails: [] }))[0]).toBe(400)
    expect((await status(rehearsal, { guardrails: [{ ...guardrailOf(), when: {} }] }))[0]).toBe(400)
    writeFileSync(join(cwd, 'bad.json'), '{"guardrails": [{"id": "x"}]}')
    const refused = await edgewright('rehearse', 'pump', '--edge', edge.url, '--guardrails', 'bad.json')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('guardrails: 0: title')
  })

  it('is known for what it did before a restart', async () => {
    const guarded = (manifest: Manifest) => {
      manifest.guardrails = [fewErrors({ id: 'errors' })]
    }
    await installOn(edge, await version(guarded, 'fan'))
    const reading = (flow: number) => ({ asset: 'f', time: new Date().toISOString(), values: { flow } })
    await edge.client.json('POST', '/api/models/fan/readings', [0, 1, 10].map(reading))
    edge = await edge.restart()
    await vi.waitFor(
      async () => {
        const { guardrails } = await edge.client.json<ModelSummary>('GET', '/api/models/fan')
        expect(guardrails).toMatchObject([{ id: 'errors', state: 'quiet', value: null, n: 3 }])
      },
      { timeout: 120_000, interval: 100 },
    )
  })
})
