import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelSummary, Turned } from '#core/contracts/deployment.ts'
import { Children } from '../bench/kit/child.ts'
import { type EdgeProcess, startEdge } from '../bench/kit/edge-process.ts'
import { workFolder } from './drafts.ts'
import { childrenOf } from './processes.ts'
import { type LedgerOptions, SwapLedger } from './swap-ledger.ts'
import { SwapLoad, type SwapLoadOptions } from './swap-load.ts'
import type { Version } from './versions.ts'

/** What a runtime holds of the machine, so that nothing of it is left over after many swaps. */
export interface Holdings {
  /** Its processes, by the script that they run. */
  processes: number
  descriptors: number
  /** Folders of versions. */
  packages: number
  /** Files and folders in staging and in the folder for temporary files. */
  temporary: string[]
}

/** A runtime in a process of its own, with one model and versions of it to swap between. */
export interface SwapEdge {
  edge: EdgeProcess
  model: string
  dataDir: string
  install: (version: Version) => Promise<void>
  activate: (version: string, mode?: 'replace' | 'shadow') => Promise<Turned>
  rollback: () => Promise<Turned>
  /** Puts a reading to the model. */
  ask: <T>(reading: object) => Promise<T>
  summary: () => Promise<ModelSummary>
  load: (options: SwapLoadOptions, ledger: LedgerOptions) => SwapLoad
  /** Once every lane that no slot names has ended. */
  holdings: () => Promise<Holdings>
  stop: () => Promise<void>
  remove: () => Promise<void>
}

/** The folder of the process's temporary files, beside its data. */
export async function startSwapEdge(model: string, preload?: string): Promise<SwapEdge> {
  const work = workFolder()
  const dataDir = work.path('data')
  const tmp = work.path('tmp')
  mkdirSync(tmp)
  const children = new Children()
  const from = process.env['EDGEWRIGHT_ENTRY'] === undefined ? 'sources' : 'bundle'
  const options = { dataDir, from, env: { TMPDIR: tmp }, ...(preload !== undefined && { preload }) } as const
  const edge = await startEdge(children, options)
  const { host, port, token } = edge
  const target = { host, port, token, model }
  const idle = () =>
    new SwapLoad(target, { clients: 0, pauseMs: 0, rowsPerS: 0 }, new SwapLedger({ features: [] }))
  const [control, asking] = [idle(), idle()]
  const summary = () => edge.get<ModelSummary>(`/api/models/${model}`)

  async function install({ bytes, manifest: { version } }: Version): Promise<void> {
    const file = work.path(`${version}.ewp`)
    writeFileSync(file, bytes)
    await edge.install(file)
  }

  /** What is being closed or removed is not counted: it is looked until no more is left than the slots name. */
  async function holdings(): Promise<Holdings> {
    const { slots } = await summary()
    const lanes = Object.values(slots).filter((slot) => slot?.lane?.state === 'ready').length
    const versions = Object.values(slots).filter((slot) => slot !== null).length
    const folders = () => readdirSync(join(dataDir, 'packages', model)).length
    const busy = () => childrenOf(edge.pid).length > lanes || folders() > versions
    for (let tries = 0; tries < 2400 && busy(); tries++) await sleep(25)
    const list = (dir: string) => readdirSync(dir, { recursive: true }).map(String)
    const staging = readdirSync(dataDir).includes('staging') ? list(join(dataDir, 'staging')) : []
    return {
      processes: childrenOf(edge.pid).length - lanes,
      descriptors: readdirSync(`/proc/${edge.pid}/fd`).length,
      packages: folders(),
      temporary: [...staging, ...list(tmp)],
    }
  }

  return {
    edge,
    model,
    dataDir,
    install,
    summary,
    holdings,
    activate: (version, mode = 'replace') =>
      control.command('activate', { version, mode, reason: 'a test of swaps' }),
    ask: (reading) => asking.command('readings', reading),
    rollback: () => control.command('rollback', { reason: 'a test of swaps' }),
    load: (loadOptions, ledger) => new SwapLoad(target, loadOptions, new SwapLedger(ledger)),
    stop: async () => {
      await Promise.all([control.stop(), asking.stop()])
      await edge.stop()
    },
    remove: async () => {
      await Promise.all([control.stop(), asking.stop()])
      await children.stopAll()
      work.remove()
    },
  }
}

/** sigmoid(a + b), and `apart` more for each number of the patch: what versionsOf(smallBase(), n, apart) answer. */
export const expectedOf =
  (apart: number) =>
  (version: string, { a, b }: Record<string, number>): number | undefined => {
    const patch = /^1\.0\.(\d+)$/.exec(version)?.[1]
    return patch === undefined ? undefined : 1 / (1 + Math.exp(-(a! + b!))) + Number(patch) * apart
  }
