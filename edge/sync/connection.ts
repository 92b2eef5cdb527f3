import type { Watermarks } from '#core/contracts/sync.ts'
import type { ChainEpoch } from '../journal/chain-reader.ts'
import type { CentralClient } from './client.ts'
import { Contact, type ContactParts } from './contact.ts'
import { tellEpochs } from './tell-epochs.ts'

export interface ConnectionParts extends ContactParts {
  client: CentralClient
  epochs: () => readonly ChainEpoch[]
  /** For one request, and for as long as this runs. */
  deadline: () => AbortSignal
  closing: AbortSignal
  /** Central has said where it stands. */
  settled: (told: Watermarks) => void
}

/** Central answers, and has heard of the lives of this journal: only then something is sent. */
export class Connection {
  readonly contact: Contact
  readonly #parts: ConnectionParts
  /** Told of the epochs since the last failure; one telling at a time. */
  #told: Promise<boolean> | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.contact = new Contact(parts)
  }

  /** Whether it is made. One asks for all. */
  async made(device: string): Promise<boolean> {
    if (this.contact.waitMs > 0) return false
    this.#told ??= this.#tell(device)
    const telling = this.#told
    const isTold = await telling
    if (!isTold && this.#told === telling) this.#told = undefined
    return isTold && this.#told === telling
  }

  /** What central said of where it stands no longer counts: it is asked again. */
  doubt(): void {
    this.#told = undefined
  }

  lost(error: unknown): void {
    this.doubt()
    this.contact.lost(error instanceof Error ? error.message : String(error))
  }

  refused(why: string): void {
    this.doubt()
    this.contact.refused(why)
  }

  /** Another central, another machine, or none. */
  forget(): void {
    this.doubt()
    this.contact.forget()
  }

  async #tell(device: string): Promise<boolean> {
    const { client, epochs, deadline, closing, settled } = this.#parts
    const said = await tellEpochs(client, device, epochs(), deadline())
    if (closing.aborted) return false
    if ('lost' in said) this.contact.lost(said.lost)
    else if ('refused' in said) this.contact.refused(said.refused)
    else {
      settled(said)
      this.contact.made()
      return true
    }
    return false
  }
}
