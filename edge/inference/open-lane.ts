import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { InferAnswer, InferenceLane, InferRequest, LaneModel, ModelFile } from './lane.ts'
import type { FromLane, ToLane } from './protocol.ts'

export interface LaneOptions {
  /** Threads inside one `session.run`. Half the machine's, at least one: the runtime needs the rest. */
  threads?: number
  /** Crashes in a row, without one answer between them, after which the lane counts as failed. */
  crashLimit?: number
  /** Waiting time before the n-th restart in a row, milliseconds. */
  backoffMs?: (crashes: number) => number
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

/** A request that was being run during this many crashes is taken to be their cause. */
const maxCrashesPerRequest = 2
const stderrKept = 2000

/** Beside this file as source, beside the bundle's chunk when built. */
function laneScript(): string {
  return fileURLToPath(new URL(`./lane-process${extname(import.meta.url)}`, import.meta.url))
}

/** Forks a process, loads the model in it and keeps it alive. */
export function openLane(file: ModelFile, options: LaneOptions = {}): InferenceLane {
  return new ForkedLane(file, {
    threads: options.threads ?? Math.max(1, availableParallelism() >> 1),
    crashLimit: options.crashLimit ?? 5,
    backoffMs: options.backoffMs ?? ((crashes) => Math.min(30_000, 25 * 2 ** crashes)),
    loadTimeoutMs: options.loadTimeoutMs ?? 60_000,
    script: options.script ?? laneScript(),
  })
}

class ForkedLane implements InferenceLane {
  status: LaneStatus = { state: 'starting' }
  readonly ready: Promise<LaneModel>
  readonly #file: ModelFile
  readonly #options: Required<LaneOptions>
  readonly #listeners = new Set<(status: LaneStatus) => void>()
  /** In the order of the calls; the first is the one being run. */
  readonly #pending: Pending[] = []
  #child: ChildProcess | undefined
  #stderr = ''
  #crashes = 0
  #nextId = 1
  #timer: NodeJS.Timeout | undefined
  #restartTimer: NodeJS.Timeout | undefined
  #killedFor: string | undefined
  #loaded!: { resolve: (model: LaneModel) => void; reject: (error: Error) => void }

  constructor(file: ModelFile, options: Required<LaneOptions>) {
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
      return Promise.reject(new EdgewrightError('lane-failed', `the model cannot run: ${why}`))
    }
    return new Promise((resolve, reject) => {
      const pending = { id: this.#nextId++, request, deadlineMs, crashes: 0, resolve, reject }
      this.#pending.push(pending)
      if (this.status.state !== 'ready') return
      this.#send({ kind: 'infer', id: pending.id, request })
      if (this.#pending.length === 1) this.#watchHead()
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#set({ state: 'closed' })
    clearTimeout(this.#timer)
    clearTimeout(this.#restartTimer)
    this.#fail('the lane is closed')
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  #set(status: LaneStatus): void {
    this.status = status
    for (const listener of this.#listeners) listener(status)
  }

  #send(message: ToLane): void {
    // A failed send means that the process is going; its exit brings the request to the successor.
    this.#child?.send(message, () => undefined)
  }

  #start(): void {
    this.#stderr = ''
    this.#killedFor = undefined
    const child = fork(this.#options.script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    })
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrKept)
    })
    child.on('message', (message: FromLane) => this.#received(message))
    child.on('error', (error) => {
      this.#killedFor ??= error.message
    })
    child.on('exit', (code, signal) => this.#exited(code, signal))
    this.#send({ kind: 'load', file: this.#file, threads: this.#options.threads })
    this.#timer = setTimeout(
      () => this.#kill(`loading took longer than ${this.#options.loadTimeoutMs} ms`),
      this.#options.loadTimeoutMs,
    )
  }

  #received(message: FromLane): void {
    if (this.status.state === 'closed') return
    switch (message.kind) {
      case 'loaded':
        clearTimeout(this.#timer)
        this.#set({ state: 'ready', pid: this.#child?.pid ?? 0 })
        this.#loaded.resolve(message.model)
        for (const { id, request } of this.#pending) this.#send({ kind: 'infer', id, request })
        this.#watchHead()
        return
      case 'refused':
        clearTimeout(this.#timer)
        this.#giveUp(message.reason)
        return
      case 'answer':
      case 'failed': {
        const head = this.#pending[0]
        if (head?.id !== message.id) return // answered after it was given up
        this.#pending.shift()
        this.#crashes = 0
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
    clearTimeout(this.#timer)
    const head = this.#pending[0]
    if (!head) return
    this.#timer = setTimeout(() => {
      this.#pending.shift()
      head.reject(new LaneDeadlineError(head.deadlineMs))
      this.#kill(`an inference took longer than ${head.deadlineMs} ms`)
    }, head.deadlineMs)
  }

  #kill(reason: string): void {
    this.#killedFor = reason
    this.#child?.kill('SIGKILL')
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.status.state === 'closed') return
    clearTimeout(this.#timer)
    const reason = this.#killedFor ?? `its process ended (${signal ?? `status ${code}`})${this.#lastWords()}`
    if (this.status.state === 'failed') return
    this.#crashes += 1
    const head = this.#pending[0]
    if (head && !this.#killedFor && ++head.crashes >= maxCrashesPerRequest) {
      this.#pending.shift()
      head.reject(new EdgewrightError('inference-failed', `the model crashed twice on this input: ${reason}`))
    }
    if (this.#crashes >= this.#options.crashLimit) {
      this.#giveUp(`${this.#crashes} crashes in a row; the last: ${reason}`)
      return
    }
    this.#set({ state: 'restarting', reason, crashes: this.#crashes })
    this.#restartTimer = setTimeout(() => this.#start(), this.#options.backoffMs(this.#crashes))
  }

  #lastWords(): string {
    const line = this.#stderr.trim().split('\n').at(-1)
    return line ? `: ${line}` : ''
  }

  #giveUp(reason: string): void {
    this.#set({ state: 'failed', reason })
    this.#loaded.reject(new EdgewrightError('model-refused', `the model cannot be loaded: ${reason}`))
    this.#fail(reason)
    this.#child?.kill('SIGKILL')
  }

  #fail(reason: string): void {
    for (const pending of this.#pending.splice(0))
      pending.reject(new EdgewrightError('lane-failed', `the model cannot run: ${reason}`))
  }
}
