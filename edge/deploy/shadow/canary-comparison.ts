import type { Alert } from '#core/contracts/alert.ts'
import type { Comparison } from '#core/contracts/comparison.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Decided } from '../../pipeline.ts'
import {
  ComparisonKeeper,
  comparisonKey,
  type KeeperParts,
  type KeptComparison,
} from './comparison-keeper.ts'
import { ComparisonTracker } from './comparison-tracker.ts'

export interface CanaryComparisonParts extends KeeperParts {
  champion: Manifest
  challenger: Manifest
}

/** What both versions of a canary do, each with the readings of its own assets. */
export class CanaryComparison {
  readonly #tracker: ComparisonTracker
  readonly #keeper: ComparisonKeeper
  readonly #now: () => number

  /** Goes on with what the journal kept of the same two versions. */
  constructor(parts: CanaryComparisonParts) {
    const { champion, challenger, journal, now } = parts
    const kept = journal.state<KeptComparison>(comparisonKey(champion.id))
    const begin = { mode: 'canary', champion, challenger, nowMs: now() } as const
    this.#tracker = ComparisonTracker.fromJSON(begin, kept?.comparison)
    this.#keeper = new ComparisonKeeper(parts, champion.id, this.#tracker, 0)
    this.#now = now
  }

  /** Every batch, after it is durable, whichever of the two answered it. */
  observe({ record }: Pick<Decided, 'record'>): void {
    this.#tracker.observe(record)
    this.#keeper.tick()
  }

  /** Every change of every alert. */
  alertChanged(alert: Alert): void {
    this.#tracker.alertChanged(alert)
  }

  tick(): void {
    this.#keeper.tick()
  }

  report(): Comparison {
    return this.#tracker.report(this.#now())
  }

  close(): Promise<void> {
    return this.#keeper.keep(true)
  }
}
