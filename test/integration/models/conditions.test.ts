import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Reading } from '#core/contracts/reading.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { createGuardrails } from '#edge/deploy/guardrails/monitor.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { paceOf } from '#edge/ingest/pace.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { openJournal } from '#edge/journal/open.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { Pipeline } from '#edge/pipeline.ts'
import { demos } from '#models/demos.ts'
import { worse } from '#support/bad-versions.ts'
import { workFolder } from '#support/drafts.ts'
import { machineFailure } from '#support/versions.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

const packed = (model: keyof typeof demos, version: string) =>
  readFileSync(new URL(`../../../models/${model}/${model}-${version}.ewp`, import.meta.url))

/**
 * What the conditions of a packed demo model do while its place runs for so many simulated seconds after its past has come
 * in at once, as `npm start` has it: the readings go the whole way, and only the wall clock is made up.
 */
async function play(model: keyof typeof demos, bytes: Buffer, seconds: number) {
  const work = workFolder()
  undo.push(work.remove)
  mkdirSync(work.path('journal'))
  writeFileSync(work.path('model.ewp'), bytes)
  const { manifest, baseline, modelFile } = await readPackage(work.path('model.ewp'), work.dir)
  let nowMs = startMs
  const now = () => nowMs
  const failed = (error: unknown) => expect.unreachable(String(error))
  const journal = openJournal(work.path('journal'), { now, randomUUID })
  const lane = openLane(modelFile)
  undo.push(
    () => journal.close(),
    () => lane.close(),
  )
  await lane.ready
  const alerts = new AlertDesk({ journal, now, randomUUID, failed })
  const decider = createDecider(manifest, baseline)
  alerts.watch(manifest, decider)
  const running = { manifest, lane, validator: createValidator(manifest), decider, pace: paceOf(manifest) }
  const elapsed = () => performance.now()
  const pipeline = new Pipeline({ running }, { journal, alerts, now, elapsed, failed })
  const guardrails = createGuardrails(manifest.guardrails!)
  pipeline.onDecided(({ record }) => guardrails.observe(record, nowMs))

  const { past, line, stepMs } = demos[model]
  const fired: { second: number; id: string; action: string }[] = []
  const most: Record<string, number> = {}
  const take = async (readings: Reading[]) => {
    await pipeline.decide(readings, true)
    for (const { state, guardrail } of guardrails.evaluate(nowMs))
      if (state === 'fired')
        fired.push({ second: (nowMs - startMs) / 1000, id: guardrail.id, action: guardrail.then })
    for (const { id, value } of guardrails.status(nowMs)) most[id] = Math.max(most[id] ?? 0, value ?? 0)
  }
  await take([...past(startMs - stepMs)].flat())
  for (const readings of line(startMs)) {
    nowMs = Date.parse(readings[0]?.time ?? '') || nowMs
    if (nowMs - startMs > 1000 * seconds) break
    await take(readings)
  }
  return { fired, most }
}

describe('the conditions of the demo models', () => {
  it.each([
    ['machine-failure', '1.0.0'],
    ['machine-failure', '1.1.0'],
    ['engine-life', '1.0.0'],
    ['pneumonia-triage', '1.0.0'],
  ] as const)('stay quiet over the first ten minutes of %s %s', async (model, version) => {
    const { fired, most } = await play(model, packed(model, version), 600)
    expect(fired, JSON.stringify(most)).toEqual([])
  })

  it('take back a version that takes nearly everything for an alert', async () => {
    const bad = await worse(await machineFailure(), { feature: 'torque', from: 15, over: 2 })
    const { fired } = await play('machine-failure', bad.bytes, 300)
    expect(fired).toContainEqual(expect.objectContaining({ id: 'alarm-flood', action: 'rollback' }))
  })
})
