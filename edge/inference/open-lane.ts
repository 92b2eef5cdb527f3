import { availableParallelism } from 'node:os'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider } from '#core/contracts/hardware.ts'
import { startDeadline } from './deadline.ts'
import type { InferAnswer, InferenceLane, InferRequest, LaneModel, ModelFile } from './lane.ts'
import { type ChildEnd, type ChildOptions, type ForkedChild, startChild } from './lane-child.ts'
import { laneScript } from './lane-script.ts'
import { defaultMemoryMb, seesOthers } from './memory-limit.ts'
import type { FromLane, ToLane } from './protocol.ts'
import { afterEnding, type Ending, nothingInARow, type RestartLimits } from './restart-policy.ts'

/** `memoryMb`: by default three quarters of the machine's. */
export interface LaneOptions extends Partial<RestartLimits>, Partial<ChildOptions> {
  /** Execution provider; absent: the CPU. */
  provider?: Provider
  /** An empty folder: the first answer says which provider ran how many nodes. */
  proofDir?: string
  /** niceness of the lane's process, as os.setPriority takes it: 19 yields to everybody. Absent: the runtime's. */
  priority?: number
  /** Threads inside one `session.run`. Half the machine's, at least one: the runtime needs the rest. */
  threads?: number
  /** A lane that has been ready for this long has its crashes forgotten, milliseconds. */
  calmMs?: number
  /** A load that takes longer is given up. */
  loadTimeoutMs?: number
  /** The script of the lane's process; for tests. */
  script?: string
}

/** An inference took longer than the manifest allows; its lane was stopped and started anew. */
export class LaneDeadlineError extends EdgewrightError {
  constructor(deadlineMs: number) {
    super('inference-failed', `the model gave no answer within ${deadlineMs} ms`)
    this.name = 'LaneDeadlineError'
  }
}

interface Pending {
  id: number
  request: InferRequest
  deadlineMs: number
  crashes: number
  resolve: (answer: InferAnswer) => void
  reject: (error: Error) => void
}

const cannotRun = (why: string) => new EdgewrightError('lane-failed', `the model cannot run: ${why}`)

/** A request that was being run during this many crashes is taken to be their cause. */
const maxCrashesPerRequest = 2

/** Forks a process, loads the model in it and keeps it alive. */
export function openLane(file: ModelFile, options: LaneOptions = {}): InferenceLane {
  const { proofDir, priority } = options
  return new ForkedLane(file, {
    provider: options.provider ?? 'cpu',
    threads: options.threads ?? Math.max(1, availableParallelism() >> 1),
    crashLimit: options.crashLimit ?? 5,
    backoffMs: options.backoffMs ?? ((restarts) => Math.min(30_000, 25 * 2 ** restarts)),
    retryMs: options.retryMs ?? 30_000,
    calmMs: options.calmMs ?? 60_000,
    loadTimeoutMs: options.loadTimeoutMs ?? 60_000,
    memoryMb: options.memoryMb ?? defaultMemoryMb(),
    memoryWatch: options.memoryWatch ?? (seesOthers ? 'outside' : 'inside'),
    script: options.script ?? laneScript(),
    env: options.env ?? {},
    ...(proofDir !== undefined && { proofDir }),
    ...(priority !== undefined && { priority }),
  })
}

type OptionalOnes = 'proofDir' | 'priority'
type Settled = Required<Omit<LaneOptions, OptionalOnes>> & Pick<LaneOptions, OptionalOnes>

class ForkedLane implements InferenceLane {
  status: LaneStatus = { state: 'starting' }
  readonly ready: Promise<LaneModel>
  readonly #file: ModelFile
  readonly #options: Settled
  readonly #listeners = new Set<(status: LaneStatus) => void>()
  /** In the order of the calls; the first is the one being run. */
  readonly #pending: Pending[] = []
  #child!: ForkedChild<ToLane>
  #tally = nothingInARow
  #nextId = 1
  #cancelDeadline: () => void = () => undefined
  #restartTimer: NodeJS.Timeout | undefined
  #calmTimer: NodeJS.Timeout | undefined
  #killedFor: { ending: Ending; reason: string } | undefined
  /** Why the lane failed, without what differs from try to try. */
  #failedFor: string | undefined
  #loaded!: { resolve: (model: LaneModel) => void; reject: (error: Error) => void }

  constructor(file: ModelFile, options: Settled) {
    this.#file = file
    this.#options = options
    this.ready = new Promise((resolve, reject) => {
      this.#loaded = { resolve, reject }
    })
    this.ready.catch(() => undefined) // whoever awaits it sees the refusal; nobody awaiting is no crash
    this.#start()
  }

  onStatus(listener: (status: LaneStatus) => void): void {
    this.#listeners.add(listener)
  }

  infer(request: InferRequest, deadlineMs: number): Promise<InferAnswer> {
    if (this.status.state === 'closed' || this.status.state === 'failed') {
      const why = this.status.state === 'failed' ? this.status.reason : 'the lane is closed'
      return Promise.reject(cannotRun(why))
    }
    return new Promise((resolve, reject) => {
      const pending = { id: this.#nextId++, request, deadlineMs, crashes: 0, resolve, reject }
      this.#pending.push(pending)
      if (this.status.state !== 'ready') return this.#boundWait(pending)
      this.#child.send({ kind: 'infer', id: pending.id, request })
      if (this.#pending.length === 1) this.#watchHead()
    })
  }

  async close(): Promise<void> {
    this.#set({ state: 'closed' })
    this.#stopTimers()
    this.#loaded.reject(cannotRun('the lane is closed'))
    this.#rejectAll('the lane is closed')
    this.#child.kill()
    await this.#child.gone
  }

  #set(status: LaneStatus): void {
    this.status = status
    for (const listener of this.#listeners) listener(status)
  }

  #start(): void {
    const { script, loadTimeoutMs, threads, provider, proofDir } = this.#options
    this.#killedFor = undefined
    this.#child = startChild<ToLane, FromLane>(
      script,
      (message) => this.#received(message),
      (end) => this.#ended(end),
      this.#options,
    )
    this.#cancelDeadline = startDeadline(loadTimeoutMs, () =>
      this.#kill('crash', `loading took longer than ${loadTimeoutMs} ms`),
    )
    this.#child.send({
      kind: 'load',
      file: this.#file,
      options: {
        threads,
        provider,
        ...(proofDir !== undefined && { proofDir }),
      },
    })
  }

  #received(message: FromLane): void {
    if (this.status.state === 'closed') return
    switch (message.kind) {
      case 'loaded':
        this.#cancelDeadline()
        this.#calmTimer = setTimeout(() => {
          this.#tally = nothingInARow
        }, this.#options.calmMs)
        this.#set({ state: 'ready', pid: this.#child.pid ?? 0 })
        this.#loaded.resolve(message.model)
        for (const { id, request } of this.#pending) this.#child.send({ kind: 'infer', id, request })
        this.#watchHead()
        return
      case 'refused':
        this.#cancelDeadline()
        this.#kill('refused', message.reason)
        return
      case 'listed':
        return // a lane is never asked for that
      case 'answer':
      case 'failed': {
        const head = this.#pending[0]
        if (head?.id !== message.id) return // answered after it was given up
        this.#pending.shift()
        this.#tally = nothingInARow
        this.#watchHead()
        if (message.kind === 'answer') head.resolve(message.answer)
        else
          head.reject(
            new EdgewrightError('inference-failed', `the model refused the input: ${message.reason}`),
          )
      }
    }
  }

  /** The deadline counts from the moment a request is the one being run. */
  #watchHead(): void {
    this.#cancelDeadline()
    const head = this.#pending[0]
    if (!head) return
    this.#cancelDeadline = startDeadline(head.deadlineMs, () => {
      this.#pending.shift()
      head.reject(new LaneDeadlineError(head.deadlineMs))
      this.#kill('overrun', `an inference took longer than ${head.deadlineMs} ms`)
    })
  }

  /** Behind a model that overran again and again, a request waits for the restart no longer than for an answer. */
  #boundWait(pending: Pending): void {
    if (this.#tally.overruns < this.#options.crashLimit) return
    setTimeout(() => {
      const at = this.#pending.indexOf(pending)
      if (at < 0 || this.status.state === 'ready') return
      this.#pending.splice(at, 1)
      pending.reject(new LaneDeadlineError(pending.deadlineMs))
    }, pending.deadlineMs).unref()
  }

  #kill(ending: Ending, reason: string): void {
    this.#killedFor = { ending, reason }
    this.#child.kill()
  }

  #ended({ how, lastWords, overMemory }: ChildEnd): void {
    const { state } = this.status
    if (state === 'closed') return
    this.#stopTimers()
    // A model that is too large to be loaded is so again the next time.
    const ownEnding: Ending = overMemory && state !== 'ready' ? 'refused' : 'crash'
    const { ending, reason: cause } = this.#killedFor ?? { ending: ownEnding, reason: how }
    const reason = !this.#killedFor && lastWords ? `${cause}: ${lastWords}` : cause
    if (state === 'ready' && !this.#killedFor) this.#blameHead(reason)
    const { tally, failed, delayMs } = afterEnding(this.#tally, ending, state === 'failed', this.#options)
    this.#tally = tally
    // Set before the listeners hear of it: one of them may close the lane.
    this.#restartTimer = setTimeout(() => this.#start(), delayMs)
    if (!failed) {
      this.#set({ state: 'restarting', reason, crashes: tally.crashes + tally.overruns })
      for (const pending of this.#pending) this.#boundWait(pending)
    } else if (state !== 'failed' || this.#failedFor !== cause) {
      // A retry that fails as the one before it is no news.
      this.#failedFor = cause
      const often = ending === 'crash' && tally.crashes > 1
      this.#giveUp(often ? `${tally.crashes} crashes in a row; the last: ${reason}` : reason)
    }
  }

  /** Only a request that was being run can have caused the crash. */
  #blameHead(reason: string): void {
    const head = this.#pending[0]
    if (!head || ++head.crashes < maxCrashesPerRequest) return
    this.#pending.shift()
    head.reject(new EdgewrightError('inference-failed', `the model crashed twice on this input: ${reason}`))
  }

  #giveUp(reason: string): void {
    this.#set({ state: 'failed', reason })
    this.#loaded.reject(new EdgewrightError('model-refused', `the model cannot be loaded: ${reason}`))
    this.#rejectAll(reason)
  }

  #rejectAll(reason: string): void {
    for (const pending of this.#pending.splice(0)) pending.reject(cannotRun(reason))
  }

  #stopTimers(): void {
    this.#cancelDeadline()
    clearTimeout(this.#restartTimer)
    clearTimeout(this.#calmTimer)
  }
}
