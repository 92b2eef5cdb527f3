import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Assigned, Progress } from '#core/contracts/update.ts'

/** Nothing but other bytes or other metadata makes these go away. */
const final = new Set([
  'package-refused',
  'manifest-refused',
  'model-refused',
  'model-exists',
  'unsigned-refused',
])

/** How far each assignment is, and which of them it is no use to try again. */
export class ProgressBoard {
  readonly #now: () => number
  readonly #all = new Map<string, Progress>()
  /** By digest: the version of the site's metadata under which it was refused, and why. */
  readonly #refused = new Map<string, { metadata: number; reason: string }>()

  /** By digest: why it could not be fetched last. */
  readonly #whys = new Map<string, string>()

  constructor(now: () => number) {
    this.#now = now
  }

  list(): Progress[] {
    return [...this.#all.values()]
  }

  tell(
    assigned: Assigned,
    { state, bytes, reason }: Pick<Progress, 'state' | 'reason'> & { bytes?: number },
  ): void {
    const { model, version, digest, bytes: ofBytes } = assigned
    this.#all.set(digest, {
      ...{ model, version, digest, state, ofBytes },
      bytes: bytes ?? this.#all.get(digest)?.bytes ?? 0,
      ...(reason !== undefined && { reason }),
      at: new Date(this.#now()).toISOString(),
    })
  }

  failed({ digest, metadata }: Assigned, error: unknown): void {
    if (error instanceof EdgewrightError && final.has(error.code))
      this.#refused.set(digest, { metadata, reason: error.message })
  }

  /** Why it is no use to try this again under the same metadata; undefined: it is worth a try. */
  hopeless({ digest, metadata }: Assigned): string | undefined {
    const refused = this.#refused.get(digest)
    return refused?.metadata === metadata ? refused.reason : undefined
  }

  /** Whether this was not the reason already when these bytes were fetched before: the record says it once. */
  isNews(digest: string, reason: string): boolean {
    const isNews = this.#whys.get(digest) !== reason
    this.#whys.set(digest, reason)
    return isNews
  }

  /** A person asks: everything is tried again. */
  forgive(): void {
    this.#refused.clear()
  }

  /** Forgets what is assigned no longer. */
  keepOnly(digests: readonly string[]): void {
    for (const known of [this.#all, this.#refused, this.#whys])
      for (const digest of known.keys()) if (!digests.includes(digest)) known.delete(digest)
  }
}
