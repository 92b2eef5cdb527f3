import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EdgeClient } from '#cli/edge-client.ts'
import type { ReadingsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'

const atOnce = 3
const pauseMs = 12
/** Version 1.0.k answers k times this more than 1.0.0. */
export const apart = 0.01
const a = -2

/** What version 1.0.k answers to every reading that is sent here. */
const right = (version: string) => 1 / (1 + Math.exp(-a)) + apart * Number(version.split('.')[2])

/**
 * Sends readings to a model for as long as a test lasts, as a source does that must not lose any: what was not answered
 * is sent again under its id, to the same runtime or the next.
 */
export class Traffic {
  readonly answered = new Map<string, Decision>()
  readonly #model: string
  /** What the ids of its readings begin with. */
  readonly #name: string
  readonly #client: () => EdgeClient
  #going = true
  #sent = 0
  /** How often a batch had to be sent again, by the code of the refusal. */
  readonly refusals = new Map<string, number>()
  readonly #over: Promise<void>

  constructor(model: string, client: () => EdgeClient, name: string) {
    this.#model = model
    this.#name = name
    this.#client = client
    this.#over = this.#send()
  }

  async #send(): Promise<void> {
    while (this.#going) {
      const readings = Array.from({ length: atOnce }, () => ({
        id: `${this.#name}-${this.#sent++}`,
        asset: `${this.#name}-press-${this.#sent % 5}`,
        time: new Date().toISOString(),
        values: { a, b: 0 },
      }))
      await this.#until(readings)
      await sleep(pauseMs)
    }
  }

  async #until(readings: { id: string }[]): Promise<void> {
    for (;;) {
      try {
        const path = `/api/models/${this.#model}/readings`
        for (const decision of await this.#client().json<Decision[]>('POST', path, readings)) {
          expect(this.answered.has(decision.readingId)).toBe(false)
          this.answered.set(decision.readingId, decision)
        }
        return
      } catch (error) {
        const code = (error as { code?: string }).code ?? String(error)
        if (!this.#going) throw new Error(`${this.#model}: readings were never answered: ${String(error)}`)
        this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
        await sleep(pauseMs)
      }
    }
  }

  /** Resolves when so many more have been answered from now on. */
  async more(readings = atOnce): Promise<void> {
    const enough = this.answered.size + readings
    while (this.answered.size < enough) await sleep(2)
  }

  /** Ends, and holds the record to what was answered: nothing lost, nothing twice, each by the version that it names. */
  async end(isGood: (version: string) => boolean = () => true): Promise<void> {
    await this.more()
    this.#going = false
    await this.#over
    expect(this.answered.size).toBe(this.#sent)
    const kept = await this.#kept()
    expect(kept.size).toBe(this.#sent)
    for (const [id, decision] of this.answered) {
      expect(kept.get(id)).toEqual(decision)
      const { version } = decision.model
      if (isGood(version)) expect(decision.probability).toBeCloseTo(right(version), 5)
    }
  }

  async #kept(): Promise<Map<string, Decision>> {
    const found = new Map<string, Decision>()
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/api/models/${this.#model}/readings?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
      const page: ReadingsPage = await this.#client().json('GET', path)
      for (const { readingId, decision } of page.readings) {
        if (!readingId.startsWith(`${this.#name}-`)) continue
        expect(found.has(readingId)).toBe(false)
        found.set(readingId, decision)
      }
      cursor = page.next
    }
    return found
  }
}
