import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { milling, type Scene, valueAt } from './fake-scene.ts'

/** Invented content for browser tests: models whose answers are no single number, and inputs that are none. */

const label: OutputTensor = {
  name: 'defect',
  title: { en: 'Defect', de: 'Fehlerart' },
  kind: 'multiclass',
  classes: ['none', 'scratch', 'dent'],
  activation: 'label',
}
const forces: OutputTensor = {
  name: 'forces',
  title: { en: 'Cutting force', de: 'Schnittkraft' },
  kind: 'regression',
  classes: [],
  targets: ['axial', 'radial'],
  activation: 'none',
  unit: 'N',
}

/** A bare label, several values, words, a free text, a series. */
export function manifold(): ModelDetail {
  const base = milling()
  const [air, torque] = [base.manifest.inputs.features[0]!, base.manifest.inputs.features[3]!]
  return {
    ...base,
    manifest: {
      ...base.manifest,
      inputs: {
        ...base.manifest.inputs,
        features: [
          air,
          torque,
          {
            name: 'material',
            title: 'Material',
            kind: 'category',
            words: ['steel', 'brass'],
            nullable: false,
          },
          { name: 'note', title: { en: 'Note', de: 'Notiz' }, kind: 'text', nullable: true },
          {
            name: 'sound',
            title: { en: 'Sound', de: 'Klang' },
            kind: 'series',
            length: 2048,
            nullable: true,
          },
        ],
      },
      outputs: [label, forces],
    },
  }
}

export const manifoldScene: Scene = {
  model: manifold,
  assets: ['Mill 3'],
  valueAt,
  said: () => ({
    verdict: 'normal',
    label: 'scratch',
    outputs: { forces: { targets: { axial: 812.4, radial: 96.1 } } },
    values: { material: 1 },
    texts: {
      note: 'Operator says the coolant smells burnt and the sound changed after the second tool was put in; he will look at it after the break.',
      sound: `sha256:${'ab'.repeat(32)}`,
    },
  }),
}

/** Sorts what somebody wrote: no number comes in. */
export const wordsScene: Scene = {
  ...manifoldScene,
  model: () => {
    const base = manifold()
    const { inputs } = base.manifest
    const causes: OutputTensor = {
      name: 'cause',
      title: { en: 'Cause', de: 'Ursache' },
      kind: 'multiclass',
      classes: ['coolant', 'tool', 'noise', 'sensor', 'other'],
      activation: 'softmax',
    }
    const features = inputs.features.filter(({ kind }) => kind === 'text')
    return { ...base, manifest: { ...base.manifest, inputs: { ...inputs, features }, outputs: [causes] } }
  },
  said: (asset, ms) => {
    const { texts } = manifoldScene.said(asset, ms)
    const classes = { coolant: 0.21, tool: 0.64, noise: 0.09, sensor: 0.04, other: 0.02 }
    return { verdict: 'normal', probability: 0.64, classes, ...(texts && { texts }) }
  },
}
