import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Io } from '#cli/io.ts'
import * as rollout from '#cli/rollout.ts'
import { type RolloutFleet, rolloutFleet, slot } from '#support/central/rollout-fleet.ts'

let fleet: RolloutFleet
let dir: string
let central: string
const said: string[] = []
const io: Io = {
  env: { EDGEWRIGHT_TOKEN: 'x'.repeat(40) },
  print: (text) => said.push(text),
  note: (text) => said.push(`note: ${text}`),
  json: false,
}
const saying = async (work: Promise<unknown>) => {
  said.length = 0
  await work
  return said.join('\n')
}
const gate = { soakMin: 0, minimumN: 1, approvals: 1 }
const plan = (more: object = {}) => {
  const file = join(dir, 'plan.json')
  const groups = [{ name: 'All', choose: {}, gate }]
  writeFileSync(
    file,
    JSON.stringify({ model: 'press-fault', version: '1.1.0', groups, reason: 'better', ...more }),
  )
  return file
}

beforeAll(async () => {
  fleet = await rolloutFleet({ sites: ['brno'] })
  await fleet.add('mill-1', 'brno')
  await fleet.report('mill-1', { running: slot('1.0.0') })
  dir = mkdtempSync(join(tmpdir(), 'edgewright-plan-'))
  central = await fleet.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await fleet.remove()
})

it('goes from a plan to a machine that runs it, in words', async () => {
  expect(await saying(rollout.list(io, { central }))).toBe('There is no rollout.')
  await expect(rollout.start(io, plan({ approvals: '2' }), { central })).rejects.toThrow('"approvals"')
  expect(await saying(rollout.start(io, plan({ draft: true }), { central }))).toMatch(/a draft/)
  expect(await saying(rollout.start(io, '1', { central }))).toMatch(/All: active; 1 assigned/)
  expect(await saying(rollout.act(io, 1, 'pause', { central, reason: 'lunch' }))).toMatch(
    /paused by admin: lunch/,
  )
  await rollout.act(io, 1, 'resume', { central, reason: 'back' })
  await fleet.report('mill-1', { running: slot('1.1.0') })
  expect(await saying(rollout.show(io, 1, { central, machines: true }))).toMatch(
    /waits: nobody has approved it yet; 1 must.*brno +mill-1 +succeeded +runs 1\.1\.0/s,
  )
  expect(await saying(rollout.abort(io, 1, { central, reason: 'no second person here' }))).toMatch(
    /aborted by admin: no second person here/,
  )
  expect(await saying(rollout.list(io, { central }))).toMatch(/1 {2}press-fault 1\.1\.0 +aborted by admin/)
})
