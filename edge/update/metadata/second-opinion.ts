import { TrustedMetadataStore } from 'tuf-js/dist/store.js'
import type { Document } from './document.ts'
import { messageOf, refused } from './refusal.ts'
import type { Kind } from './shapes.ts'

/** Somebody else's judgement of the same files. */
interface Case {
  document: Document
  /** Who delegates it; of top-level roles, root. */
  delegator: string
  /** It was believed before; it is there to be compared with, and may have ended since. */
  isKnown: boolean
}

/**
 * tuf-js has the last word: nothing new is believed that its own store (its updater without disk and network) refuses. It is
 * asked only once something new was found to hold, for it takes quadratic time to read a file.
 */
export class SecondOpinion {
  #now: Date
  #waiting: Case[] = []
  #store: TrustedMetadataStore | undefined

  constructor(nowMs: number) {
    this.#now = new Date(nowMs)
  }

  /** From here on expiry is judged by another moment. */
  setTime(nowMs: number): void {
    this.#now = new Date(nowMs)
    if (this.#store) Object.assign(this.#store, { referenceTime: this.#now })
  }

  known(document: Document, delegator = 'root'): void {
    this.#waiting.push({ document, delegator, isKnown: true })
  }

  /** @throws EdgewrightError update-refused */
  agree(document: Document, delegator = 'root'): void {
    const cases = [...this.#waiting, { document, delegator, isKnown: false }]
    this.#waiting = []
    for (const one of cases) {
      try {
        this.#show(one)
      } catch (error) {
        if (one.isKnown && one.document.kind !== 'root') continue
        throw refused(`${one.document.label} is refused by the second verifier: ${messageOf(error)}`, error)
      }
    }
  }

  #show({ document: { kind, bytes, role }, delegator, isKnown }: Case): void {
    if (!this.#store) {
      this.#store = new TrustedMetadataStore(bytes)
      // The store takes its time from the system; a test sees to it that this one holds.
      Object.assign(this.#store, { referenceTime: this.#now })
      return
    }
    const store = this.#store
    const show: Record<Kind, () => unknown> = {
      root: () => store.updateRoot(bytes),
      timestamp: () => store.updateTimestamp(bytes),
      snapshot: () => store.updateSnapshot(bytes, isKnown),
      targets: () => store.updateDelegatedTargets(bytes, role, delegator),
    }
    show[kind]()
  }
}
