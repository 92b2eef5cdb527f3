import type { Countersignature } from '#core/audit/checkpoint.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'

export interface WitnessParts {
  auditTrail: Pick<AuditTrail, 'countersign'>
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  failed: (error: unknown) => void
}

/** What a checkpoint attests may still be on its way to central: it is asked again soon, so often. */
const asksAgain = 3

/** What central signs under this machine's checkpoints. */
export class Witness {
  readonly #parts: WitnessParts
  /** How often the same checkpoint was brought in vain. */
  #inVain = { counter: 0, times: 0 }
  #unbelieved: string | null = null

  constructor(parts: WitnessParts) {
    this.#parts = parts
  }

  /** Why what central signs is not believed; null: it is, or there was nothing. */
  get unbelieved(): string | null {
    return this.#unbelieved
  }

  forget(): void {
    this.#unbelieved = null
  }

  /** Kept where the key that central gave this machine says the same. Otherwise told once, in the log and in the record. */
  async signed(counter: number, given: Countersignature, centralKey: string | undefined): Promise<void> {
    const { auditTrail, audit, failed } = this.#parts
    const found = await auditTrail.countersign(counter, given, centralKey)
    if (found === 'kept') this.#unbelieved = null
    if (found !== 'stranger' && found !== 'broken') return
    const why =
      found === 'broken'
        ? `what central signed under checkpoint ${counter} does not hold`
        : centralKey === undefined
          ? 'central gave this machine no key when it enrolled, so nothing that it signs can be checked'
          : `central signs with another key (${given.by.slice(0, 16)}…) than the one that it gave this machine (${centralKey.slice(0, 16)}…)`
    if (this.#unbelieved === why) return
    this.#unbelieved = why
    failed(new EdgewrightError('central-key-unknown', why))
    await audit('countersignature.refused', 'runtime', { counter, by: given.by, why })
  }

  /** Central did not sign it yet: whether it is worth to bring it again soon. */
  notYet(counter: number): boolean {
    const times = this.#inVain.counter === counter ? this.#inVain.times + 1 : 1
    this.#inVain = { counter, times }
    return times <= asksAgain
  }
}
