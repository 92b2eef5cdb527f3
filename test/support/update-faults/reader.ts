import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EdgeClient } from '#cli/edge-client.ts'
import type { Decision } from '#core/contracts/decision.ts'
import { id, reading } from './machine.ts'

const pauseMs = 40

/** Sends one reading after the other for as long as a test lasts. */
export class Reader {
  /** Which version answered each, in order. */
  readonly #versions: string[] = []
  /** What was not answered, or not by a model, and why. */
  readonly #failures: string[] = []
  readonly #client: () => EdgeClient
  readonly #next: () => object
  readonly #over: Promise<void>
  #going = true

  constructor(client: () => EdgeClient, next: () => object = () => reading()) {
    this.#client = client
    this.#next = next
    this.#over = this.#send()
  }

  async #send(): Promise<void> {
    while (this.#going) {
      try {
        const path = `/api/models/${id}/readings`
        const { model, by, verdict, quality } = await this.#client().json<Decision>(
          'POST',
          path,
          this.#next(),
        )
        if (by === 'rules' || verdict === 'rejected')
          this.#failures.push(`answered by ${by}: ${verdict}; ${quality.map(({ message }) => message)}`)
        else this.#versions.push(model.version)
      } catch (error) {
        this.#failures.push(String(error))
      }
      await sleep(pauseMs)
    }
  }

  /** From here on every reading must be answered by one of the versions that are given in the end, and some must be. */
  watch(): (...versions: string[]) => Promise<void> {
    const [from, failed] = [this.#versions.length, this.#failures.length]
    return async (...versions) => {
      const enough = this.#versions.length + 1
      while (this.#versions.length < enough && this.#failures.length === failed) await sleep(2)
      expect(this.#failures.slice(failed)).toEqual([])
      const others = this.#versions.slice(from).filter((version) => !versions.includes(version))
      expect(others).toEqual([])
    }
  }

  get answered(): number {
    return this.#versions.length
  }

  async end(): Promise<void> {
    this.#going = false
    await this.#over
    expect(this.#failures).toEqual([])
  }
}
