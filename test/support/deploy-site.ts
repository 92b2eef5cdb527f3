import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Qualification } from '#core/contracts/hardware.ts'
import type { Policy } from '#core/contracts/update.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { Deployments } from '#edge/deploy/deployments.ts'
import { PackageStore } from '#edge/deploy/store.ts'
import { signedTrust } from '#edge/deploy/trust.ts'
import type { InferAnswer, InferenceLane, InferRequest, LaneModel } from '#edge/inference/lane.ts'
import { openJournal } from '#edge/journal/open.ts'
import type { LoadedPackage } from '#edge/package/read-package.ts'
import { type Belief, beliefKey, emptyView } from '#edge/update/believed.ts'

import { workFolder } from './drafts.ts'

/** A lane without a process: answers sigmoid(sum of the inputs), and loads, hangs and crashes when a test says so. */
export class HandLane implements InferenceLane {
  status: LaneStatus = { state: 'starting' }
  readonly #loading = Promise.withResolvers<LaneModel>()
  readonly ready: Promise<LaneModel> = this.#loading.promise
  readonly #listeners = new Set<(status: LaneStatus) => void>()
  asked = 0

  constructor() {
    this.ready.catch(() => undefined) // whoever awaits it sees it
  }

  load(): void {
    if (this.status.state !== 'starting') return
    this.set({ state: 'ready', pid: 1 })
    this.#loading.resolve({ inputs: [], outputs: [], provider: 'cpu', onnxruntimeVersion: 'none', loadMs: 5 })
  }

  set(status: LaneStatus): void {
    this.status = status
    for (const listener of this.#listeners) listener(status)
  }

  onStatus(listener: (status: LaneStatus) => void): void {
    this.#listeners.add(listener)
  }

  async infer({ rows, inputs, outputs }: InferRequest): Promise<InferAnswer> {
    await this.ready
    if (this.status.state !== 'ready')
      throw new EdgewrightError('lane-failed', `the model cannot run: ${this.status.state}`)
    this.asked += 1
    const [tensor] = Object.values(inputs)
    if (!tensor || !('data' in tensor)) throw new Error('a tensor of numbers was expected')
    const { data, width } = tensor
    const sum = (row: number) =>
      Array.from({ length: width }, (_, k) => Number(data[row * width + k])).reduce((a, b) => a + b, 0)
    const answers = Float32Array.from({ length: rows }, (_, row) => 1 / (1 + Math.exp(-sum(row))))
    return { outputs: { [outputs[0]!]: { data: answers, width: 1 } }, runMs: 0.1, provider: 'cpu' }
  }

  async close(): Promise<void> {
    this.set({ state: 'closed' })
    this.#loading.reject(new EdgewrightError('lane-failed', 'the lane is closed'))
  }
}

/** Deployments over a real journal and folder, with lanes and qualifying in the hands of a test. */
export function deploySite({ laneMemoryMb = 1000, healthWindowS = 0 } = {}) {
  const work = workFolder()
  const at = { nowMs: Date.parse('2026-11-24T14:00:00Z') }
  const now = () => at.nowMs
  const failures: unknown[] = []
  const failed = (error: unknown) => void failures.push(error)
  const journal = openJournal(work.dir, { now, randomUUID })
  const alerts = new AlertDesk({ journal, now, randomUUID, failed })
  const lanes: HandLane[] = []
  const hand = {
    /** Whether a new lane has loaded at once. */
    loadsAtOnce: true,
    /** Waited for before a package has qualified. */
    qualifying: async (_: LoadedPackage): Promise<void> => undefined,
    residentMb: 10,
  }
  const qualification: Qualification = {
    chosen: 'cpu',
    reason: 'Only the CPU can run it here: CPU chosen.',
    measuredAt: new Date(at.nowMs).toISOString(),
    model: 'none',
    onnxruntime: 'none',
    driver: 'none',
    trials: [],
  }
  const make = () =>
    new Deployments({
      dataDir: work.dir,
      store: new PackageStore(work.dir),
      journal,
      alerts,
      trust: signedTrust(
        () => journal.state<Belief>(beliefKey)?.view ?? null,
        () => true,
      ),
      openLane: () => {
        const lane = new HandLane()
        lanes.push(lane)
        if (hand.loadsAtOnce) setImmediate(() => lane.load())
        return lane
      },
      qualify: async (loaded) => {
        await hand.qualifying(loaded)
        return qualification
      },
      residentMb: () => hand.residentMb,
      laneMemoryMb,
      healthWindowS,
      now,
      randomUUID,
      elapsed: () => performance.now(),
      audit: (kind, by, body) =>
        journal.write((tx) => tx.events('events', [{ kind, timeMs: now(), by, body }])),
      changed: () => undefined,
      decided: () => undefined,
      failed,
    })
  const deployments = make()
  return {
    at,
    hand,
    lanes,
    journal,
    alerts,
    failures,
    deployments,
    /** The same folder, as after a start; the former must not be used any more. */
    again: make,
    install: (bytes: Buffer) => deployments.install(Readable.from([bytes]), 'admin'),
    forbid: (policy: Partial<Policy>) => journal.write((tx) => tx.putState(beliefKey, decided(policy))),
    open: () => lanes.filter(({ status }) => status.state !== 'closed').length,
    async remove() {
      await deployments.close()
      await journal.close()
      work.remove()
    },
  }
}

/** What a machine believes of which nothing matters but the policy. */
export const decided = (policy: Partial<Policy>): Belief => ({
  anchor: { fingerprint: '0'.repeat(64), at: '2026-01-01T00:00:00Z', by: 'admin' },
  trusted: { files: {}, marks: {} },
  view: { ...emptyView, policy: { ...emptyView.policy, ...policy } },
  policy: undefined,
  floorMs: 0,
})

export const revoked = (digest: string, action: 'stop' | 'warn' = 'stop'): Policy['revoked'][number] => ({
  digest,
  action,
  reason: 'it is wrong',
  since: '2026-01-01T00:00:00Z',
})
