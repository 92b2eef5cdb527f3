import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading, Status } from '#core/contracts/api.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { Feature } from '#core/contracts/manifest.ts'

/** Invented content for browser tests: a milling line on the afternoon of 24 November 2026, UTC. */

export const sceneStartMs = Date.parse('2026-11-24T14:32:07Z')
export const minuteMs = 60_000

const iso = (ms: number) => new Date(ms).toISOString()
const before = (minutes: number, seconds = 0) => iso(sceneStartMs - minutes * minuteMs - seconds * 1000)
const after = (minutes: number, seconds = 0) => iso(sceneStartMs + minutes * minuteMs + seconds * 1000)

function feature(name: string, en: string, de: string, unit: string, min: number, max: number): Feature {
  return { name, title: { en, de }, unit, kind: 'number', learned: { min, max }, nullable: false }
}

export const features: Feature[] = [
  feature('air_temperature', 'Air temperature', 'Lufttemperatur', 'K', 295.6, 304.4),
  feature('process_temperature', 'Process temperature', 'Prozesstemperatur', 'K', 305.8, 313.6),
  feature('rotational_speed', 'Rotational speed', 'Drehzahl', '/min', 1212, 2632),
  feature('torque', 'Torque', 'Drehmoment', 'N.m', 12.6, 68.9),
  feature('tool_wear', 'Tool wear', 'Werkzeugverschleiß', 'min', 0, 246),
]

export const usual: Record<string, { min: number; max: number }> = {
  air_temperature: { min: 296.9, max: 303.2 },
  process_temperature: { min: 307.6, max: 312.5 },
  rotational_speed: { min: 1332, max: 1868 },
  torque: { min: 24, max: 56 },
  tool_wear: { min: 9, max: 206 },
}

/** What runs on a fake runtime, and what it says. */
export interface Scene {
  model: () => ModelDetail
  /** Assets that send readings. */
  assets: string[]
  /** Milliseconds between two readings; 500 where absent. */
  stepMs?: number
  /** A feature's or an output's value at a time, the same at every call; undefined where there is none. */
  valueAt: (series: string, asset: string, ms: number) => number | undefined
  /** What the model says to a reading, beside its numbers. */
  said: (asset: string, ms: number) => Partial<LiveReading>
  attachments?: ReadonlyMap<string, Buffer>
}

const keller = { name: 'M. Keller' }

export function milling(): ModelDetail {
  return {
    id: 'milling-failure',
    title: { en: 'Milling failure', de: 'Fräsausfall' },
    signed: false,
    staleAfterMs: 10_000,
    slots: {
      running: {
        version: '1.0.4',
        release: 5,
        digest: '9f3c41d2'.repeat(8),
        bytes: 1_240_000,
        installedAt: '2026-11-02T08:00:00Z',
        installedBy: 'T. Okafor',
        signedBy: [],
        deployment: {
          state: 'running',
          since: '2026-11-02T08:00:10Z',
          by: 'T. Okafor',
          reason: 'first version',
        },
        lane: { state: 'ready', pid: 4242 },
        provider: 'cpu',
        selfTest: { passed: 64, of: 64, at: '2026-11-24T06:00:00Z', largestDifference: 0 },
        qualification: null,
        memoryMb: 38,
      },
      previous: null,
      staged: null,
    },
    answeredBy: 'model',
    rollback: null,
    lastRollback: null,
    drills: [],
    nextDrillAt: null,
    guardrails: [],
    manifest: {
      formatVersion: 1,
      id: 'milling-failure',
      version: '1.0.4',
      release: 5,
      title: { en: 'Milling failure', de: 'Fräsausfall' },
      purpose: 'Warns of failures that are on their way.',
      notFor: 'Not for stopping a machine by itself.',
      trainedOn: { data: 'invented' },
      people: { owner: { name: 'K. Lindqvist' }, escalation: keller },
      inputs: {
        features,
        tensors: [
          { kind: 'columns', name: 'x', dtype: 'float32', features: features.map(({ name }) => name) },
        ],
      },
      outputs: [
        {
          name: 'p',
          title: 'Failure modes',
          kind: 'multilabel',
          classes: ['OSF', 'HDF', 'TWF'],
          activation: 'none',
        },
      ],
      decision: { alerts: [] },
      success: [],
      operation: { goldenTolerance: { absolute: 1e-5, relative: 1e-5 }, deadlineMs: 1000, maxBatch: 64 },
      retentionDays: 30,
    },
    card: '',
    usual,
  }
}

function contribution(name: string, value: number, beyondPercent: number): Alert['contributions'][number] {
  const { title, unit } = features.find((each) => each.name === name)!
  const range = usual[name]!
  return {
    feature: name,
    title,
    value,
    ...(unit && { unit }),
    usual: range,
    beyondPercent,
    side: value > range.max ? 'higher' : 'lower',
  }
}

const model = { id: 'milling-failure', version: '1.0.4', title: { en: 'Milling failure', de: 'Fräsausfall' } }

export function overstrain(): Alert {
  return {
    id: 'a-overstrain',
    state: 'unacknowledged',
    priority: 'high',
    model,
    rule: 'overstrain',
    asset: 'Mill 3',
    title: { en: 'overstrain likely', de: 'Überlastung wahrscheinlich' },
    cause: {
      en: 'The torque is high for a worn tool.',
      de: 'Das Drehmoment ist hoch für ein verschlissenes Werkzeug.',
    },
    consequence: {
      en: 'Otherwise the tool can break in the part.',
      de: 'Sonst kann das Werkzeug im Teil brechen.',
    },
    actions: [
      { en: 'Let the pass end, then stop.', de: 'Schnitt beenden lassen, dann anhalten.' },
      { en: 'Change the tool.', de: 'Werkzeug wechseln.' },
      { en: 'Measure part L47340.', de: 'Teil L47340 nachmessen.' },
    ],
    owner: 'K. Lindqvist',
    class: 'OSF',
    direction: 'above',
    raiseLevel: 0.5,
    clearLevel: 0.35,
    score: 0.82,
    readingId: 'r1',
    contributions: [
      contribution('tool_wear', 216, 97.4),
      contribution('torque', 60.7, 98.2),
      contribution('rotational_speed', 1282, 98.9),
    ],
    trackRecord: { real: 29, answered: 41, since: '2026-03-03T09:00:00Z' },
    raisedAt: before(2, 55),
    respondWithinMin: 15,
    respondBy: after(12, 5),
    escalateTo: keller,
  }
}

export function heat(): Alert {
  return {
    ...overstrain(),
    id: 'a-heat',
    priority: 'medium',
    rule: 'heat-dissipation',
    asset: 'Mill 1',
    title: { en: 'heat dissipation failing', de: 'Wärmeabfuhr versagt' },
    actions: [
      { en: 'Check coolant flow and filter.', de: 'Kühlmittelfluss und Filter prüfen.' },
      { en: 'If it is blocked, stop mill 1.', de: 'Wenn verstopft: Fräse 1 anhalten.' },
    ],
    class: 'HDF',
    contributions: [
      contribution('process_temperature', 306.9, 97.1),
      contribution('rotational_speed', 1280, 98.9),
    ],
    trackRecord: { real: 9, answered: 23, since: '2026-03-03T09:00:00Z' },
    raisedAt: before(30),
    respondWithinMin: 60,
    respondBy: after(30, 33),
  }
}

export function wear(): Alert {
  return {
    ...overstrain(),
    id: 'a-wear',
    state: 'acknowledged',
    priority: 'low',
    rule: 'tool-wear',
    asset: 'Mill 5',
    title: { en: 'tool near its end', de: 'Werkzeug bald am Ende' },
    actions: [{ en: 'Change the tool before 18:00.', de: 'Werkzeug vor 18:00 wechseln.' }],
    class: 'TWF',
    contributions: [contribution('tool_wear', 208, 96.2)],
    trackRecord: { real: 3, answered: 5 },
    raisedAt: before(74),
    respondWithinMin: 240,
    respondBy: after(207, 53),
    acknowledgedAt: before(71),
    acknowledgedBy: 'operator',
  }
}

/** Alerts that are over: what Similar shows. */
export function past(): Alert[] {
  const ended = (id: string, asset: string, minutes: number, feedback: Alert['feedback']): Alert => ({
    ...overstrain(),
    id,
    asset,
    state: 'normal',
    raisedAt: before(minutes),
    acknowledgedAt: before(minutes - 3),
    acknowledgedBy: 'operator',
    clearedAt: before(minutes - 20),
    ...(feedback && { feedback }),
  })
  const at = before(8000)
  return [
    ended('a-past-1', 'Mill 3', 8931, { answer: 'real-acted', note: 'tool changed', at, by: 'operator' }),
    ended('a-past-2', 'Mill 2', 18_265, { answer: 'real-known', at, by: 'operator' }),
    ended('a-past-3', 'Mill 3', 25_982, { answer: 'false', note: 'hard casting', at, by: 'operator' }),
  ]
}

/** More alerts in ten minutes than anybody can read: one high, the others of two rules on many mills. */
export function flood(count: number): Alert[] {
  const many = Array.from({ length: count }, (_, i): Alert => {
    const base = i % 8 === 0 ? heat() : { ...wear(), state: 'unacknowledged' as const }
    return {
      ...base,
      id: `a-flood-${i}`,
      asset: `Mill ${10 + (i % 40)}`,
      raisedAt: before(0, Math.floor((i * 540) / count)),
    }
  })
  return [overstrain(), ...many]
}

export function statusAt(nowMs: number, models: ModelDetail[], alerts: Iterable<Alert>): Status {
  const all = [...alerts]
  const open = (priority: Alert['priority']) =>
    all.filter(
      (a) =>
        a.priority === priority && (a.state === 'unacknowledged' || a.state === 'returned-unacknowledged'),
    ).length
  return {
    machine: 'Milling line 2',
    serverTimeMs: nowMs,
    startedAtMs: sceneStartMs - 86_400_000,
    version: '0.1.0',
    allowUnsigned: true,
    models: models.map(({ manifest: _, card: __, usual: ___, ...summary }) => summary),
    newestReadingAtMs: nowMs - 300,
    staleAfterMs: 10_000,
    unacknowledged: { high: open('high'), medium: open('medium'), low: open('low') },
    shelved: all.filter(({ state }) => state === 'shelved').length,
    central: { state: 'not-configured', waiting: 0 },
  }
}

/** A stretch without readings, as a source that fell silent leaves it. */
const silence = { from: sceneStartMs - 627_000, to: sceneStartMs - 585_000 }

/** A feature's or an output's value at a time, the same at every call; undefined in the silence. */
export function valueAt(series: string, asset: string, ms: number): number | undefined {
  if (ms > silence.from && ms < silence.to) return undefined
  const seed = asset.length + Number(asset.replace(/\D/g, '') || 0)
  const wave =
    Math.sin(ms / 23_000 + seed) * 0.45 + Math.sin(ms / 7100) * 0.35 + Math.sin(ms / 2600 + seed) * 0.2
  const rise = asset === 'Mill 3' ? 1 / (1 + Math.exp(-(ms - (sceneStartMs - 240_000)) / 35_000)) : 0
  switch (series) {
    case 'air_temperature':
      return 298.4 + wave * 0.2
    case 'process_temperature':
      return (asset === 'Mill 1' ? 306.9 : 308.2) + wave * 0.2
    case 'rotational_speed':
      return 1480 - rise * 190 + wave * 22
    case 'torque':
      return 40 + wave * 5.5 + rise * 20
    case 'tool_wear':
      return Math.min(246, (asset === 'Mill 3' ? 216 : 120) + (ms - sceneStartMs) / minuteMs)
    default:
      return Math.min(1, Math.max(0, 0.05 + wave * 0.03 + rise * 0.77))
  }
}

/** The milling line: the scene where no other is asked for. */
export const mills: Scene = {
  model: milling,
  assets: ['Mill 1', 'Mill 3', 'Mill 5'],
  valueAt,
  said: (asset, ms) => {
    const osf = valueAt('output:OSF', asset, ms) ?? 0
    return { verdict: osf > 0.5 ? 'alert' : 'normal', probability: osf, classes: { OSF: osf } }
  },
}
