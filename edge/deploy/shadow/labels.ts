import type { Alert } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'

/** Alerts of the champion that are remembered; of more, the oldest are forgotten, with what they counted for kept. */
const maxWatches = 1000
/** Assets of which the latest moments are remembered. */
const maxAssets = 10_000
/** The moments of the alarm desk and of the shadow differ by the commit between them. */
const slackMs = 10_000

/** What a person's answer to one of the champion's alerts says about the two. */
export interface LabelCounts {
  /** False, and the challenger was silent. */
  wins: number
  /** Real, and the challenger was silent. */
  losses: number
  /** Real or false, and the challenger said so too. */
  bothReal: number
  bothFalse: number
  /** The challenger was silent, but had not seen or answered every reading: that counts for nobody. */
  unknown: number
}
type Outcome = keyof LabelCounts

export interface Watch {
  alertId: string
  asset: string
  /** Index of the challenger's rule of the same id; -1: it has none, so any of its rules will do. */
  rule: number
  raisedMs: number
  fromMs: number
  /** From when on what the challenger says is about something else; null: the alert stands and nobody has answered it. */
  toMs: number | null
  answer: 'real' | 'false' | null
  said: boolean
  answered: boolean
  spared: boolean
  outcome: Outcome | null
}

export interface StoredLabels {
  counts: LabelCounts
  watches: Watch[]
}

interface Latest {
  /** Per rule. */
  activeMs: number[]
  answeredMs: number
  sparedMs: number
}

/** In epoch ms of this machine, as alerts are raised and answered; not in the readings' own time. */
export class Labels {
  readonly counts: LabelCounts
  readonly #champion: Manifest
  readonly #challenger: Manifest
  /** Alerts raised before are not known well enough, or have been counted and forgotten. */
  #fromMs: number
  /** By alert, oldest first. */
  readonly #watches = new Map<string, Watch>()
  readonly #byAsset = new Map<string, Set<Watch>>()
  readonly #latest = new Map<string, Latest>()

  constructor(champion: Manifest, challenger: Manifest, fromMs: number, stored?: StoredLabels) {
    this.#champion = champion
    this.#challenger = challenger
    this.#fromMs = fromMs
    this.counts = stored
      ? { ...stored.counts }
      : { wins: 0, losses: 0, bothReal: 0, bothFalse: 0, unknown: 0 }
    for (const watch of stored?.watches ?? []) this.#keep({ ...watch })
  }

  /** A reading that the challenger was asked about; `active`: which of its rules hold after it. */
  seen(asset: string, atMs: number, isAnswered: boolean, active: readonly boolean[]): void {
    const latest = this.#of(asset)
    if (isAnswered) latest.answeredMs = atMs
    active.forEach((holds, r) => {
      if (holds) latest.activeMs[r] = atMs
    })
    for (const watch of this.#open(asset, atMs)) {
      if (isAnswered) watch.answered = true
      if (holdsOf(watch, active)) watch.said = true
    }
  }

  /** A reading that the challenger was spared. */
  spared(asset: string, atMs: number): void {
    this.#of(asset).sparedMs = atMs
    for (const watch of this.#open(asset, atMs)) watch.spared = true
  }

  /** Nobody knows what came between: the shadow was ended without warning. */
  spareAll(): void {
    for (const watch of this.#watches.values()) if (watch.outcome === null) watch.spared = true
  }

  /** To be told of every change of every alert. */
  changed(alert: Alert): void {
    const watch = this.#watches.get(alert.id) ?? this.#begin(alert)
    if (!watch) return
    const answer = answerOf(alert)
    const clearedMs = alert.clearedAt === undefined ? null : Date.parse(alert.clearedAt)
    const answeredMs = answer && alert.feedback ? Date.parse(alert.feedback.at) : null
    const lateMs = 1000 * this.#onDelayS(watch.rule) + slackMs
    const ends = [clearedMs === null ? null : clearedMs + lateMs, answeredMs].filter((ms) => ms !== null)
    // Once somebody has answered, the time they answered about stays: a second answer corrects the first.
    if (watch.answer === null) watch.toMs = ends.length > 0 ? Math.min(...ends) : null
    if (answer === watch.answer) return
    if (watch.outcome) this.counts[watch.outcome] -= 1
    watch.outcome = null
    watch.answer = answer
  }

  /** Counts the answers about times up to which every reading has been seen or spared. Says whether there were any. */
  settle(throughMs: number): boolean {
    let any = false
    for (const watch of this.#watches.values()) {
      if (watch.answer === null || watch.outcome !== null || (watch.toMs ?? Infinity) > throughMs) continue
      watch.outcome = outcomeOf(watch)
      this.counts[watch.outcome] += 1
      any = true
    }
    return any
  }

  toJSON(): StoredLabels {
    return { counts: this.counts, watches: [...this.#watches.values()] }
  }

  #begin(alert: Alert): Watch | undefined {
    const { id, model, asset } = alert
    const { decision } = this.#champion
    const rule = decision.alerts.find((each) => each.id === alert.rule)
    const raisedMs = Date.parse(alert.raisedAt)
    const isOurs = model.id === this.#champion.id && model.version === this.#champion.version
    // What fallback rules raised is not the champion's word.
    if (!isOurs || !rule || alert.by === 'rules' || raisedMs < this.#fromMs) return undefined
    const own = this.#challenger.decision.alerts.findIndex((each) => each.id === alert.rule)
    const fromMs = raisedMs - 1000 * Math.max(rule.onDelayS, this.#onDelayS(own)) - slackMs
    const latest = this.#latest.get(asset)
    const watch: Watch = {
      alertId: id,
      asset,
      rule: own,
      raisedMs,
      fromMs,
      toMs: null,
      answer: null,
      said:
        latest !== undefined &&
        holdsOf(
          { rule: own },
          latest.activeMs.map((ms) => ms >= fromMs),
        ),
      answered: latest !== undefined && latest.answeredMs >= fromMs,
      spared: latest !== undefined && latest.sparedMs >= fromMs,
      outcome: null,
    }
    if (this.#watches.size >= maxWatches) this.#forgetOldest()
    return this.#keep(watch)
  }

  #keep(watch: Watch): Watch {
    this.#watches.set(watch.alertId, watch)
    const others = this.#byAsset.get(watch.asset)
    if (others) others.add(watch)
    else this.#byAsset.set(watch.asset, new Set([watch]))
    return watch
  }

  #forgetOldest(): void {
    const oldest = this.#watches.values().next().value
    if (!oldest) return
    this.#watches.delete(oldest.alertId)
    const others = this.#byAsset.get(oldest.asset)
    if (others?.delete(oldest) && others.size === 0) this.#byAsset.delete(oldest.asset)
    // A later answer to it must not count it again.
    this.#fromMs = Math.max(this.#fromMs, oldest.raisedMs + 1)
  }

  *#open(asset: string, atMs: number): Iterable<Watch> {
    for (const watch of this.#byAsset.get(asset) ?? [])
      if (watch.outcome === null && atMs >= watch.fromMs && atMs <= (watch.toMs ?? Infinity)) yield watch
  }

  #onDelayS(rule: number): number {
    const { alerts } = this.#challenger.decision
    return rule >= 0 ? alerts[rule]!.onDelayS : Math.max(0, ...alerts.map(({ onDelayS }) => onDelayS))
  }

  #of(asset: string): Latest {
    const known = this.#latest.get(asset)
    if (known) return known
    if (this.#latest.size >= maxAssets) this.#latest.delete(this.#latest.keys().next().value ?? '')
    const activeMs = this.#challenger.decision.alerts.map(() => Number.NEGATIVE_INFINITY)
    const latest = { activeMs, answeredMs: Number.NEGATIVE_INFINITY, sparedMs: Number.NEGATIVE_INFINITY }
    this.#latest.set(asset, latest)
    return latest
  }
}

const holdsOf = ({ rule }: Pick<Watch, 'rule'>, active: readonly boolean[]): boolean =>
  rule >= 0 ? active[rule]! : active.includes(true)

/** Bad data and "not sure" say nothing about either version. */
export function answerOf({ feedback }: Alert): Watch['answer'] {
  if (feedback?.answer === 'real-acted' || feedback?.answer === 'real-known') return 'real'
  return feedback?.answer === 'false' ? 'false' : null
}

function outcomeOf({ answer, said, answered, spared }: Watch): Outcome {
  if (said) return answer === 'real' ? 'bothReal' : 'bothFalse'
  if (!answered || spared) return 'unknown'
  return answer === 'real' ? 'losses' : 'wins'
}
