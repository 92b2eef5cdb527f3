import type { Reading } from '#core/contracts/reading.ts'
import * as stand from './engine-life/simulate.ts'
import * as mills from './machine-failure/simulate.ts'
import { stepMs as imageMs, simulateWard } from './pneumonia-triage/ward.ts'

/** A place of our own making that a demo model watches. */
interface Demo {
  /** What people there call the machine that Edgewright runs on. */
  machine: string
  /** In the checkout; each demo has a data folder of its own. */
  dataDir: string
  /** The first runs; one more is staged beside it, for trying a swap. */
  versions: readonly [string, string?]
  stepMs: number
  /** Readings of the time before the start, up to `endMs`. */
  past: (endMs: number) => Iterable<Reading[]>
  /** From `startMs` on, without an end. */
  line: (startMs: number) => Iterable<Reading[]>
}

const seed = 1
const stepMs = 1000
/** Of a flight; faster, more engines wear out than people could answer for. */
const cycleMs = 2000

export const demos = {
  'machine-failure': {
    machine: 'Milling line 2',
    dataDir: 'data',
    versions: ['1.0.0', '1.1.0'],
    stepMs,
    past: (endMs) => mills.history({ seed, endMs, minutes: 20 }),
    line: (startMs) => mills.simulateLine({ seed, startMs, stepMs }),
  },
  'engine-life': {
    machine: 'Test stand 1',
    dataDir: 'data-engine-life',
    versions: ['1.0.0'],
    stepMs: cycleMs,
    past: (endMs) => stand.history({ seed, endMs, stepMs: cycleMs }),
    line: (startMs) => stand.simulateStand({ seed, startMs, stepMs: cycleMs }),
  },
  'pneumonia-triage': {
    machine: "Children's ward 3",
    dataDir: 'data-pneumonia-triage',
    versions: ['1.0.0'],
    stepMs: imageMs,
    past: () => [],
    line: (startMs) => simulateWard({ seed, startMs }),
  },
} satisfies Record<string, Demo>

export const demoNames = Object.keys(demos)
export const isDemo = (name: string): name is keyof typeof demos => Object.hasOwn(demos, name)
