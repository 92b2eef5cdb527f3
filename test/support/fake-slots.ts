import type { Comparison } from '#core/contracts/comparison.ts'
import type { DeploymentState, Drill, ModelDetail, Slot } from '#core/contracts/deployment.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { ProviderTrial, Qualification } from '#core/contracts/hardware.ts'
import { milling, minuteMs, sceneStartMs } from './fake-scene.ts'

/** Invented content for browser tests: the milling line's model in every place a version can stand in. */

const iso = (ms: number) => new Date(ms).toISOString()
const before = (minutes: number) => iso(sceneStartMs - minutes * minuteMs)
const nothing = {
  golden: null,
  largestDifference: null,
  latency: null,
  memoryMb: null,
  loadMs: null,
  nodes: null,
}

function trials(oneMs: number): ProviderTrial[] {
  return [
    {
      provider: 'cpu',
      device: 'CPU, 8 threads',
      result: 'chosen',
      golden: { passed: 64, of: 64 },
      largestDifference: 0,
      latency: { oneMs, batchRows: 64, batchMs: oneMs * 4, runs: 500 },
      memoryMb: 38,
      loadMs: 210,
      nodes: { CPUExecutionProvider: 12 },
      reason: 'Right, and the fastest.',
    },
    {
      provider: 'webgpu',
      device: 'WebGPU, Intel Xe',
      result: 'slower',
      golden: { passed: 64, of: 64 },
      largestDifference: 0.0000021,
      latency: { oneMs: 3.1, batchRows: 64, batchMs: 4.2, runs: 500 },
      memoryMb: 120,
      loadMs: 900,
      nodes: { WebGpuExecutionProvider: 12 },
      reason: 'Right, and slower than the CPU.',
    },
    {
      ...nothing,
      provider: 'cuda',
      device: 'CUDA',
      result: 'absent',
      reason: 'No NVIDIA device was found on this machine.',
    },
  ]
}

function qualified(version: string, oneMs: number): Qualification {
  return {
    chosen: 'cpu',
    reason: 'WebGPU works here but is 7 times slower than the CPU: CPU chosen.',
    measuredAt: '2026-11-12T06:13:00Z',
    model: version,
    onnxruntime: '1.30.0',
    driver: 'none',
    trials: trials(oneMs),
  }
}

function slot(version: string, oneMs: number, digest: string, deployment: DeploymentState): Slot {
  return {
    ...milling().slots.running!,
    version,
    digest,
    deployment,
    signedBy: ['K. Lindqvist', 'R. Osei'],
    qualification: qualified(version, oneMs),
  }
}

const running = () =>
  slot('1.0.4', 0.42, `9f3c41d2${'0'.repeat(48)}6be0a07e`, {
    state: 'running',
    since: '2026-11-12T06:14:00Z',
    by: 'T. Okafor',
    reason: 'New tools',
  })
const previous = (): Slot => ({
  ...slot('1.0.3', 0.44, `51d80b7a${'1'.repeat(48)}c49e1f33`, {
    state: 'previous',
    since: '2026-11-12T06:14:00Z',
  }),
  lane: { state: 'ready', pid: 4243 },
  installedAt: '2026-09-02T14:30:00Z',
  memoryMb: 37,
})

export function staged(deployment: DeploymentState = { state: 'staged', since: before(101) }): Slot {
  const loaded = ['shadow', 'canary', 'running'].includes(deployment.state)
  return {
    ...slot('1.1.0', 0.47, `c07a92e4${'2'.repeat(48)}18d5f2b6`, deployment),
    installedAt: before(101),
    installedBy: 'T. Okafor',
    signedBy: [],
    lane: loaded ? { state: 'ready', pid: 4244 } : null,
    selfTest: loaded ? { passed: 64, of: 64, at: before(99), largestDifference: 0.000001 } : null,
    qualification: loaded ? qualified('1.1.0', 0.47) : null,
    memoryMb: loaded ? 41 : null,
  }
}

const drillMs = [4, 3, 4, 4, 5, 4, 3, 4, 4, 4, 9, 4]

function drills(): Drill[] {
  return drillMs
    .map(
      (ms, i): Drill => ({
        at: iso(Date.parse('2026-11-24T06:00:00Z') - (drillMs.length - 1 - i) * 86_400_000),
        by: 'schedule',
        passed: true,
        from: '1.0.4',
        to: '1.0.3',
        thereMs: ms,
        backMs: 4,
        readings: 212,
        lost: 0,
      }),
    )
    .reverse()
}

export const guardrails: Guardrail[] = [
  {
    id: 'errors',
    title: { en: 'Readings without an answer', de: 'Messwerte ohne Antwort' },
    when: { metric: 'error-rate', above: 0.05, overS: 300, atLeast: 50 },
    forS: 60,
    // biome-ignore lint/suspicious/noThenProperty: the contract's own word
    then: 'rollback',
    decidedBy: { name: 'K. Lindqvist' },
    actions: [{ en: 'Look at the lane.', de: 'Prozess ansehen.' }],
  },
  {
    id: 'slow',
    title: { en: 'Time of an answer', de: 'Dauer einer Antwort' },
    when: { metric: 'latency-p95', above: 20, overS: 300, atLeast: 50 },
    forS: 120,
    // biome-ignore lint/suspicious/noThenProperty: the contract's own word
    then: 'fallback',
    decidedBy: { name: 'R. Osei' },
    actions: [{ en: 'Look at the load.', de: 'Auslastung ansehen.' }],
  },
  {
    id: 'disagreement',
    title: { en: 'Alerts that people call false', de: 'Meldungen, die Menschen falsch nennen' },
    when: { metric: 'disagreement', above: 0.5, overS: 604_800, atLeast: 20 },
    forS: 0,
    // biome-ignore lint/suspicious/noThenProperty: the contract's own word
    then: 'request-retraining',
    decidedBy: { name: 'K. Lindqvist' },
    actions: [{ en: 'Collect the cases.', de: 'Fälle sammeln.' }],
  },
]

/** Two versions loaded, a third one staged. */
export function swapping(fields: Partial<Slot> = {}): ModelDetail {
  const base = milling()
  return {
    ...base,
    signed: true,
    slots: { running: running(), previous: previous(), staged: { ...staged(), ...fields } },
    rollback: { to: '1.0.3', ready: true, expectedMs: 4, text: 'ready, 4 ms' },
    drills: drills(),
    nextDrillAt: '2026-11-25T06:00:00Z',
    guardrails: guardrails.map(({ id, title, then: action }, i) => ({
      id,
      title,
      action,
      state: 'quiet' as const,
      value: [0.002, 1.4, null][i] ?? null,
      n: [412, 412, 3][i] ?? 0,
    })),
    manifest: {
      ...base.manifest,
      guardrails,
      people: {
        owner: { name: 'K. Lindqvist' },
        onCall: { name: 'R. Osei' },
        escalation: { name: 'M. Keller' },
      },
    },
  }
}

const who = { by: 'T. Okafor', reason: 'New tools' }

export const inShadow = () => swapping(staged({ state: 'shadow', since: before(95), ...who }))
export const inCanary = () => swapping(staged({ state: 'canary', percent: 10, since: before(95), ...who }))

/** 1.1.0 has just been put in; 1.0.4 is the way back. */
export function onTrial(): ModelDetail {
  const base = swapping()
  return {
    ...base,
    slots: {
      running: staged({
        state: 'running',
        since: before(1),
        ...who,
        trialUntil: iso(sceneStartMs + 4 * minuteMs),
      }),
      previous: { ...running(), deployment: { state: 'previous', since: before(1) } },
      staged: null,
    },
    rollback: { to: '1.0.4', ready: true, expectedMs: 4, text: 'ready, 4 ms' },
  }
}

export const heldReason =
  'Readings without an answer of the model: 12 % of 250 readings in 5 min (agreed: not more than 5 %).'

/** 1.1.0 was taken back by a guardrail. */
export function takenBack(): ModelDetail {
  const base = swapping()
  const at = '2026-11-24T14:02:00Z'
  const by = 'guardrail errors (decided by K. Lindqvist)'
  return {
    ...base,
    slots: {
      running: { ...running(), deployment: { state: 'running', since: at, by, reason: heldReason } },
      previous: null,
      staged: staged({ state: 'rolled-back', since: at, by, reason: heldReason, ms: 3.8 }),
    },
    rollback: null,
    lastRollback: { at, from: '1.1.0', to: '1.0.4', ms: 3.8, by, reason: heldReason },
  }
}

/** Its only version failed; rules of the package answer. */
export function byRules(): ModelDetail {
  const base = swapping()
  return {
    ...base,
    slots: {
      running: { ...running(), lane: { state: 'failed', reason: 'it ended 3 times in a row' } },
      previous: null,
      staged: null,
    },
    rollback: null,
    answeredBy: 'rules',
    why: 'its process ended 3 times in a row',
  }
}

export function comparison(mode: Comparison['mode'] = 'shadow'): Comparison {
  const side = { readings: 1204, p50Ms: 0.8, p95Ms: 1.4, abstained: 0, rejected: 2 }
  return {
    mode,
    since: before(95),
    champion: { ...side, version: '1.0.4', alertRate: 0.021, feedback: { real: 9, false: 5 } },
    challenger: {
      ...side,
      version: '1.1.0',
      p95Ms: 1.6,
      alertRate: 0.016,
      feedback: { real: 11, false: 2 },
    },
    compared: mode === 'shadow' ? 1204 : 0,
    skipped: mode === 'shadow' ? 16 : 0,
    agreed: mode === 'shadow' ? 1192 : 0,
    cases: Array.from({ length: mode === 'shadow' ? 12 : 0 }, (_, i) => ({
      readingId: `r${i}`,
      asset: `Mill ${1 + (i % 5)}`,
      time: before(2 + i * 6),
      champion: { verdict: 'alert' as const, probability: 0.61 - i * 0.01, classes: {} },
      challenger: { verdict: 'normal' as const, probability: 0.22 + i * 0.01, classes: {} },
    })),
    verdict: {
      state: 'undecided',
      e: 2.3,
      eChampion: 0.2,
      wins: 7,
      losses: 2,
      labels: 14,
      days: 0.1,
      reason: 'Not decided yet: 14 of 30 labels, 0.1 of 7 days.',
    },
  }
}
