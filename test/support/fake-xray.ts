import { createHash } from 'node:crypto'
import type { Alert } from '#core/contracts/alert.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { chestPng } from './fake-png.ts'
import { milling, overstrain, type Scene, sceneStartMs } from './fake-scene.ts'

/** Invented content for browser tests: chest images from one room, one for each examination. */

const title = { en: 'Chest X-ray', de: 'Röntgenbild des Thorax' }
const hex = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const images = { clear: chestPng(0), clouded: chestPng(1) }
/** One image for each examination: after this one, none came. */
export const takenMs = sceneStartMs - 4000
const clouded = hex(images.clouded)

export function pneumonia(): ModelDetail {
  const base = milling()
  const name = { en: 'Pneumonia triage', de: 'Pneumonie-Sichtung' }
  return {
    ...base,
    id: 'pneumonia-triage',
    title: name,
    // An image stays true until the next one.
    staleAfterMs: 43_200_000,
    manifest: {
      ...base.manifest,
      id: 'pneumonia-triage',
      title: name,
      inputs: {
        features: [{ name: 'xray', title, kind: 'image', nullable: false }],
        tensors: [
          {
            kind: 'image',
            name: 'image',
            dtype: 'float32',
            feature: 'xray',
            width: 28,
            height: 28,
            colour: 'grey',
            layout: 'channels-first',
            fit: 'fill',
            kernel: 'linear',
          },
        ],
      },
      outputs: [
        {
          name: 'p',
          title: { en: 'Likeness to pneumonia', de: 'Ähnlichkeit mit Lungenentzündung' },
          kind: 'binary',
          classes: ['normal', 'pneumonia'],
          positive: 'pneumonia',
          activation: 'none',
        },
      ],
      decision: {
        alerts: [
          {
            id: 'pneumonia',
            title: { en: 'pneumonia likely', de: 'Pneumonie wahrscheinlich' },
            class: 'pneumonia',
            direction: 'above',
            raise: 0.6,
            clear: 0.4,
            onDelayS: 0,
            offDelayS: 0,
            priority: 'high',
            cause: 'The image looks like pneumonia.',
            consequence: 'Treatment begins late.',
            actions: ['Read it first.'],
            respondWithinMin: 30,
          },
        ],
      },
    },
    usual: {},
  }
}

export const xrays: Scene = {
  model: pneumonia,
  assets: ['Examination 4127'],
  valueAt: () => undefined,
  said: () => ({
    timeMs: takenMs,
    verdict: 'alert',
    probability: 0.87,
    classes: { normal: 0.13, pneumonia: 0.87 },
    texts: { xray: `sha256:${clouded}` },
  }),
  attachments: new Map([
    [clouded, images.clouded],
    [hex(images.clear), images.clear],
  ]),
}

/** The newest image is one that nothing can be said of. */
export const blankXray: Scene = {
  ...xrays,
  said: () => ({
    timeMs: takenMs,
    verdict: 'abstain',
    texts: { xray: `sha256:${clouded}` },
    quality: [
      { code: 'image-blank', feature: 'xray', message: 'the image is blank: every pixel is the same' },
    ],
  }),
}

export function pneumoniaAlert(): Alert {
  return {
    ...overstrain(),
    id: 'a-pneumonia',
    model: { id: 'pneumonia-triage', version: '1.0.4', title: pneumonia().title },
    rule: 'pneumonia',
    asset: 'Examination 4127',
    raisedAt: new Date(takenMs).toISOString(),
    title: { en: 'pneumonia likely', de: 'Pneumonie wahrscheinlich' },
    cause: { en: 'The image looks like pneumonia.', de: 'Das Bild sieht nach Pneumonie aus.' },
    consequence: { en: 'Otherwise treatment begins late.', de: 'Sonst beginnt die Behandlung spät.' },
    actions: [
      { en: 'Read this image before the others.', de: 'Dieses Bild vor den anderen befunden.' },
      { en: 'Call the ward.', de: 'Station anrufen.' },
    ],
    class: 'pneumonia',
    raiseLevel: 0.6,
    clearLevel: 0.4,
    score: 0.87,
    images: [{ feature: 'xray', title, sha256: clouded }],
    contributions: [],
    trackRecord: { real: 0, answered: 2 },
    escalateTo: { name: 'Dr A. Osei' },
  }
}
