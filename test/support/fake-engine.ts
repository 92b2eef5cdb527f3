import type { Alert } from '#core/contracts/alert.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { intervalAround, type OutputTensor } from '#core/contracts/output-tensor.ts'
import { milling, minuteMs, overstrain, type Scene, sceneStartMs } from './fake-scene.ts'

/** Invented content for browser tests: engines on a test stand, a model that gives their remaining life. */

const sensors = [
  ['t24', 'Temperature at fan outlet', 'Temperatur am Fan-Austritt', '[degR]', 641.7, 643.5],
  ['t30', 'Temperature after compressor', 'Temperatur nach Verdichter', '[degR]', 1581, 1605],
  ['t50', 'Temperature after turbine', 'Temperatur nach Turbine', '[degR]', 1396, 1425],
  ['p30', 'Pressure after compressor', 'Druck nach Verdichter', '[psi]', 551, 555],
  ['ps30', 'Static pressure', 'Statischer Druck', '[psi]', 47, 48.1],
  ['nc', 'Core speed', 'Kerndrehzahl', '/min', 9040, 9090],
  ['bpr', 'Bypass ratio', 'Nebenstromverhältnis', '1', 8.38, 8.51],
] as const

const features = sensors.map(
  ([name, en, de, unit, min, max]): Feature => ({
    name,
    title: { en, de },
    unit,
    kind: 'number',
    learned: { min, max },
    nullable: false,
  }),
)

export const life: OutputTensor = {
  name: 'rul',
  title: { en: 'Remaining life', de: 'Restlebensdauer' },
  kind: 'regression',
  classes: [],
  activation: 'none',
  unit: '{cycle}',
  range: { min: 0 },
  interval: { coverage: 0.9, lower: -20.4, upper: 18.7, n: 2000, from: 'engines kept out of training' },
}

export function engineLife(): ModelDetail {
  const base = milling()
  const title = { en: 'Engine life', de: 'Triebwerksleben' }
  return {
    ...base,
    id: 'engine-life',
    title,
    manifest: {
      ...base.manifest,
      id: 'engine-life',
      title,
      inputs: {
        features,
        tensors: [
          {
            kind: 'window',
            name: 'x',
            dtype: 'float32',
            features: features.map(({ name }) => name),
            steps: 30,
            layout: 'time-feature',
          },
        ],
      },
      outputs: [life],
      decision: {
        alerts: [
          {
            id: 'shop-visit',
            title: { en: 'near the end of its life', de: 'nahe am Lebensende' },
            direction: 'below',
            raise: 15,
            clear: 20,
            onDelayS: 0,
            offDelayS: 0,
            priority: 'medium',
            cause: 'The engine wears.',
            consequence: 'It can fail.',
            actions: ['Plan the shop visit.'],
            respondWithinMin: 60,
          },
        ],
      },
    },
    usual: Object.fromEntries(sensors.map(([name, , , , min, max]) => [name, { min, max }])),
  }
}

/** Remaining life of an engine, cycles: one a second, scattered as such a model's answers are. */
function lifeAt(asset: string, ms: number): number {
  const second = Math.floor(ms / 1000)
  const scatter = Math.sin(second * 1.7) * 0.9 + Math.sin(second * 0.031) * 2.6
  const left = (sceneStartMs - ms) / 20_000
  const end = asset === 'Engine 7' ? 6 : 88
  return Math.max(1, Math.min(125, end + left) + (end + left > 125 ? 0 : scatter))
}

function sensorAt(name: string, asset: string, ms: number): number | undefined {
  const found = sensors.find(([each]) => each === name)
  if (!found) return undefined
  const [, , , , min, max] = found
  const worn = 1 - lifeAt(asset, ms) / 125
  return min + (max - min) * (0.35 + 0.75 * worn + 0.06 * Math.sin(ms / 3000))
}

export const engines: Scene = {
  model: engineLife,
  assets: ['Engine 7', 'Engine 12'],
  valueAt: (series, asset, ms) => {
    // Before its window was full, an engine had no answer.
    if (ms < sceneStartMs - 17 * minuteMs) return undefined
    return series === 'output:value' ? lifeAt(asset, ms) : sensorAt(series, asset, ms)
  },
  said: (asset, ms) => {
    const value = lifeAt(asset, ms)
    const interval = intervalAround(value, life)
    return { verdict: value < 15 ? 'alert' : 'normal', value, ...(interval && { interval }) }
  },
}

/** An engine whose window still fills. */
export const newEngine: Scene = {
  ...engines,
  assets: ['Engine 7'],
  valueAt: (series, asset, ms) =>
    series === 'output:value' || ms < sceneStartMs - 12_000 ? undefined : sensorAt(series, asset, ms),
  said: (asset) => ({
    verdict: 'abstain',
    quality: [
      {
        code: 'window-filling',
        message: `the model needs 30 readings of "${asset}" in a row; 12 so far`,
        progress: { have: 12, need: 30 },
      },
    ],
  }),
}

export function shopVisit(): Alert {
  const title = { en: 'Engine life', de: 'Triebwerksleben' }
  const { class: _, ...rest } = overstrain()
  const score = 13.6
  const interval = intervalAround(score, life)
  return {
    ...rest,
    id: 'a-shop-visit',
    priority: 'medium',
    model: { id: 'engine-life', version: '1.0.4', title },
    rule: 'shop-visit',
    asset: 'Engine 7',
    title: { en: 'near the end of its life', de: 'nahe am Lebensende' },
    cause: { en: 'The engine wears.', de: 'Das Triebwerk verschleißt.' },
    consequence: { en: 'Otherwise it can fail in service.', de: 'Sonst kann es im Betrieb ausfallen.' },
    actions: [
      { en: 'Take it off the next flight plan.', de: 'Aus dem nächsten Flugplan nehmen.' },
      { en: 'Book the shop visit.', de: 'Werkstatttermin buchen.' },
    ],
    direction: 'below',
    raiseLevel: 15,
    clearLevel: 20,
    score,
    ...(interval && { interval }),
    contributions: [
      {
        feature: 't50',
        title: features[2]!.title,
        value: 1431,
        unit: '[degR]',
        usual: { min: 1396, max: 1425 },
        beyondPercent: 99.1,
        side: 'higher',
      },
    ],
  }
}
