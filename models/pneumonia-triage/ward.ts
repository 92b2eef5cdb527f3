import type { Reading } from '#core/contracts/reading.ts'
import type { Random } from '#core/package/random.ts'
import { stream } from '../machine-failure/chance.ts'
import { type Class, drawXray, type Grey, sidePx } from './eigen.ts'
import { enlarge, toPng, unexposed, widen } from './picture.ts'

/** Between two images of the hospital. A minute here stands for a day there. */
export const stepMs = 8000
const beds = 24
/** Of the children who come in, who are imaged once, and again before they leave where they were ill. */
const illShare = 0.08
const stillIllShare = 0.5
/** Steps until an ill child is imaged again. */
const control = { fromSteps: 12, toSteps: 22 }
/** A new child lies in one of the beds that were imaged longest ago. */
const longestUnseen = 8
/** Of the images: cut off on the way, not exposed. They are taken again at once. */
const spoiltShare = 0.02

interface Device {
  id: string
  share: number
  dataUrl: boolean
  /** Of its images: 1024 × 1024, or wider than high. */
  large?: number
  wide?: number
}

/** Where images are made. Each sends in its own way, as devices do. */
const devices: readonly Device[] = [
  { id: 'room-1', share: 0.5, dataUrl: false },
  { id: 'room-2', share: 0.3, dataUrl: true, large: 0.2 },
  { id: 'portable-2', share: 0.2, dataUrl: true, wide: 0.3 },
]
type Size = 'small' | 'large' | 'wide'
type Spoilt = 'cut-off' | 'black' | 'dark'

/** A newcomer soon sees what there is to see. What the model says of it is not arranged. */
const opening: Record<number, { kind?: Class; size?: Size; spoilt?: Spoilt }> = {
  0: { kind: 'normal' },
  1: { kind: 'normal', size: 'large' },
  2: { kind: 'pneumonia' },
  3: { kind: 'normal' },
  4: { kind: 'pneumonia', size: 'large' },
  5: { kind: 'normal', size: 'wide' },
  6: { spoilt: 'black' },
  9: { spoilt: 'cut-off' },
  14: { spoilt: 'dark' },
}

export interface WardOptions {
  seed: number
  startMs: number
  stepMs?: number
}

/** An image and what is true of it. */
export interface Taken {
  reading: Reading
  /** The class it was drawn from; of a spoilt image there is none. */
  kind: Class | undefined
  spoilt: Spoilt | undefined
  size: Size
  /** Grows with every child. */
  child: number
}

interface Bed {
  name: string
  child: number
  lastStep: number
  /** When its child is imaged again, and what is drawn then. */
  next: { step: number; kind: Class | undefined } | undefined
}

/**
 * Chest X-rays of a small children's ward, one reading per step. It never ends; the same options give the same readings.
 */
export function* simulateWard(options: WardOptions): Generator<Reading[], never> {
  const taken = simulateWithTruth(options)
  for (;;) yield [taken.next().value.reading]
}

export function* simulateWithTruth({ seed, startMs, ...options }: WardOptions): Generator<Taken, never> {
  const [ward, image, device] = [stream(seed, 1), stream(seed, 2), stream(seed, 3)]
  const places = Array.from(
    { length: beds },
    (_, i): Bed => ({ name: `Bed ${i + 1}`, child: 0, lastStep: -beds + i, next: undefined }),
  )
  let children = 0
  for (let step = 0; ; step++) {
    const arranged = opening[step] ?? {}
    let bed = places.find(({ next }) => next && next.step <= step)
    let kind = bed?.next?.kind
    if (!bed) {
      bed = freeBed(places, ward)
      bed.child = ++children
    }
    kind ??= arranged.kind ?? (ward() < illShare ? 'pneumonia' : 'normal')
    const spoilt = arranged.spoilt ?? spoil(ward)
    bed.lastStep = step
    if (spoilt) bed.next = { step: step + 1, kind }
    else bed.next = kind === 'pneumonia' ? again(step, ward) : undefined

    const { size: wanted } = arranged
    const able = wanted && wanted !== 'small' ? devices.filter((each) => each[wanted]) : devices
    const from = pick(able, device)
    const size = wanted ?? sizeOf(from, device)
    const timeMs = startMs + step * (options.stepMs ?? stepMs)
    const reading = {
      id: `${from.id}-${timeMs}`,
      asset: bed.name,
      time: new Date(timeMs).toISOString(),
      values: { xray: encode(from, size, spoilt, spoilt ? 'normal' : kind, image) },
    }
    yield { reading, kind: spoilt ? undefined : kind, spoilt, size, child: bed.child }
  }
}

function freeBed(places: readonly Bed[], random: Random): Bed {
  const free = places.filter(({ next }) => !next).sort((a, b) => a.lastStep - b.lastStep)
  return free[Math.floor(random() * Math.min(longestUnseen, free.length))]!
}

function again(step: number, random: Random): NonNullable<Bed['next']> {
  const after = control.fromSteps + Math.floor((control.toSteps - control.fromSteps) * random())
  return { step: step + after, kind: random() < stillIllShare ? 'pneumonia' : 'normal' }
}

function spoil(random: Random): Spoilt | undefined {
  const x = random() / spoiltShare
  return x >= 1 ? undefined : x < 0.5 ? 'cut-off' : x < 0.75 ? 'black' : 'dark'
}

function pick(from: readonly Device[], random: Random): Device {
  const x = random()
  const upTo = from.map((_, k) => from.slice(0, k + 1).reduce((sum, { share }) => sum + share, 0))
  return from.find((_, k) => x < upTo[k]!) ?? from[0]!
}

function sizeOf({ large = 0, wide = 0 }: Device, random: Random): Size {
  const x = random()
  return x < large ? 'large' : x < large + wide ? 'wide' : 'small'
}

/** The PNG in base64, as this device sends it. */
function encode(from: Device, size: Size, spoilt: Spoilt | undefined, kind: Class, random: Random): string {
  const drawn = drawXray(kind, random)
  const grey =
    spoilt === 'black' || spoilt === 'dark'
      ? unexposed(sidePx, sidePx, spoilt === 'dark' ? 3 : 0, random)
      : drawn
  const png = toPng(sized(grey, size))
  const sent = (spoilt === 'cut-off' ? png.subarray(0, Math.floor(png.length * 0.6)) : png).toString('base64')
  return from.dataUrl ? `data:image/png;base64,${sent}` : sent
}

/** large: 1024 × 1024. wide: 640 × 512, with the chest in the middle square. */
export function sized(grey: Grey, size: Size): Grey {
  if (size === 'large') return enlarge(grey, 1024, 1024)
  return size === 'wide' ? widen(enlarge(grey, 512, 512), 640) : grey
}
