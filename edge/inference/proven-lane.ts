import type { LaneStatus } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider } from '#core/contracts/hardware.ts'
import type { InferAnswer, InferenceLane, InferRequest, LaneModel, ModelFile } from './lane.ts'
import { type LaneOptions, openLane as openReal } from './open-lane.ts'
import { titleOf } from './providers.ts'

/** The provider in use has changed. */
export interface ProviderChange {
  /** What answers from now on. */
  provider: Provider
  /** Why, in words. */
  reason: string
}

export interface ProvenOptions {
  /** What the model was qualified for. */
  provider: Provider
  lane?: LaneOptions
  openLane?: (file: ModelFile, options: LaneOptions) => InferenceLane
  /** Must not throw. */
  changed?: (change: ProviderChange) => void
  /** Before the provider serves again: undefined where its lane answers rightly, otherwise why not, in words. */
  check?: (lane: InferenceLane) => Promise<string | undefined>
  /** How long the CPU answers before the provider is tried again, milliseconds; twice as long after each try that fails. */
  coolDownMs?: number
}

const defaultCoolDownMs = 5 * 60_000
const longestCoolDowns = 16
const neverMs = 2 ** 30

/**
 * A lane on the provider that was proved to be the best. Where that fails in service, the CPU answers the same request and
 * those after it; no reading is lost. After a cool-down the provider is tried again, checked, and serves again.
 */
export function openProvenLane(file: ModelFile, options: ProvenOptions): InferenceLane {
  const { openLane = openReal, provider, lane = {} } = options
  if (provider === 'cpu') return openLane(file, { ...lane, provider })
  return new ProvenLane(file, { ...options, openLane, lane })
}

type Settled = ProvenOptions & Required<Pick<ProvenOptions, 'openLane' | 'lane'>>

class ProvenLane implements InferenceLane {
  status: LaneStatus = { state: 'starting' }
  readonly ready: Promise<LaneModel>
  readonly #file: ModelFile
  readonly #options: Settled
  readonly #listeners = new Set<(status: LaneStatus) => void>()
  /** What answers: the provider's lane while it does, the CPU's while it cools down. */
  #serving: InferenceLane
  /** Opened for what the provider would not answer; kept while it is of use. */
  #cpu: InferenceLane | undefined
  #trying: InferenceLane | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  /** Answers leave in the order of the calls, whoever gave them. */
  #before: Promise<unknown> = Promise.resolve()

  constructor(file: ModelFile, options: Settled) {
    this.#file = file
    this.#options = options
    this.#serving = this.#openProvider()
    this.#follow(this.#serving)
    this.ready = this.#firstReady()
    this.ready.catch(() => undefined) // whoever awaits it sees the refusal
  }

  onStatus(listener: (status: LaneStatus) => void): void {
    this.#listeners.add(listener)
  }

  infer(request: InferRequest, deadlineMs: number): Promise<InferAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<InferAnswer>()
    const before = this.#before
    this.#before = promise.catch(() => undefined)
    // Given to a lane at once, so that it is never idle; only the answer waits for its turn.
    this.#ask(request, deadlineMs).then(
      (answer) => before.then(() => resolve(answer)),
      (error: unknown) => before.then(() => reject(error)),
    )
    return promise
  }

  async close(): Promise<void> {
    this.#set({ state: 'closed' })
    clearTimeout(this.#retry)
    const lanes = new Set([this.#serving, this.#cpu, this.#trying])
    await Promise.all([...lanes].map((lane) => lane?.close()))
  }

  async #ask(request: InferRequest, deadlineMs: number): Promise<InferAnswer> {
    const asked = this.#serving
    if (asked === this.#cpu) return asked.infer(request, deadlineMs)
    try {
      return await asked.infer(request, deadlineMs)
    } catch (error) {
      if (this.#closed || !(error instanceof EdgewrightError)) throw error
      const cpu = this.#openCpu()
      // A lane that has gone answers nobody; one that is there may be right in refusing this input.
      if (error.code === 'lane-failed') this.#fallBack(asked, error.message)
      const answer = await cpu.infer(request, deadlineMs)
      this.#fallBack(asked, error.message)
      return answer
    }
  }

  get #closed(): boolean {
    return this.status.state === 'closed'
  }

  async #firstReady(): Promise<LaneModel> {
    const first = this.#serving
    try {
      return await first.ready
    } catch (error) {
      if (this.#closed) throw error
      const cpu = this.#openCpu()
      this.#fallBack(first, error instanceof Error ? error.message : String(error))
      return cpu.ready
    }
  }

  /** A lane of the provider is given up at its first crash: the CPU is there. */
  #openProvider(): InferenceLane {
    const { openLane, lane, provider } = this.#options
    return openLane(this.#file, { ...lane, provider, crashLimit: 1, retryMs: neverMs })
  }

  #openCpu(): InferenceLane {
    const { openLane, lane } = this.#options
    this.#cpu ??= openLane(this.#file, { ...lane, provider: 'cpu' })
    return this.#cpu
  }

  #set(status: LaneStatus): void {
    this.status = status
    for (const listener of this.#listeners) listener(status)
  }

  #follow(lane: InferenceLane): void {
    lane.onStatus((status) => {
      if (this.#closed || lane !== this.#serving || status.state === 'closed') return
      // The provider's failure is not this lane's: the CPU takes over, and its status is what is shown.
      if (status.state === 'failed' && lane !== this.#cpu) this.#fallBack(lane, status.reason)
      else this.#set(status)
    })
  }

  /** From `failed`, which served, to the CPU; once per failure. */
  #fallBack(failed: InferenceLane, why: string): void {
    if (this.#closed || this.#serving !== failed) return
    const { provider, changed } = this.#options
    const cpu = this.#openCpu()
    this.#serving = cpu
    this.#follow(cpu)
    const reason = `${titleOf[provider]} failed (${why}): the CPU answers`
    this.#set(cpu.status.state === 'starting' ? { state: 'restarting', reason, crashes: 1 } : cpu.status)
    changed?.({ provider: 'cpu', reason })
    void failed.close()
    this.#coolDown()
  }

  #coolDown(): void {
    const { coolDownMs = defaultCoolDownMs } = this.#options
    const ms = coolDownMs * Math.min(longestCoolDowns, 2 ** this.#failures)
    this.#failures += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#tryAgain(), ms).unref()
  }

  async #tryAgain(): Promise<void> {
    const { check, provider, changed } = this.#options
    const lane = this.#openProvider()
    this.#trying = lane
    try {
      const { ready } = lane
      await ready
      const wrong = await check?.(lane)
      if (wrong !== undefined) throw new EdgewrightError('lane-failed', wrong)
      if (this.#closed) return
      const cpu = this.#cpu
      this.#serving = lane
      this.#cpu = undefined
      this.#follow(lane)
      this.#set(lane.status)
      this.#retry = setTimeout(() => {
        this.#failures = 0
      }, this.#options.coolDownMs ?? defaultCoolDownMs).unref()
      changed?.({ provider, reason: `${titleOf[provider]} answers rightly again` })
      // What the CPU was asked before this is still answered by it.
      await this.#before
      await cpu?.close()
    } catch {
      // Said already when it failed in service: the CPU goes on, and it is tried again later.
      await lane.close()
      if (!this.#closed) this.#coolDown()
    } finally {
      this.#trying = undefined
    }
  }
}
