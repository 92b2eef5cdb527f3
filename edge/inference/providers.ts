import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider } from '#core/contracts/hardware.ts'
import { startDeadline } from './deadline.ts'
import { startChild } from './lane-child.ts'
import { laneScript } from './lane-script.ts'
import type { FromLane, ToLane } from './protocol.ts'

export const titleOf: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'CoreML',
  webgpu: 'WebGPU',
}

export interface ListedProvider {
  name: string
  /** Its library came with the package. */
  bundled: boolean
}

export interface Listed {
  onnxruntime: string
  providers: ListedProvider[]
}

const listingMs = 20_000
const listingMb = 512

/**
 * The execution providers that onnxruntime-node was built for: it says nothing about whether they work on this machine.
 * Asked of a process of its own, so that the runtime need not load the library (40 MB).
 */
export function listProviders(): Promise<Listed> {
  const { promise, resolve, reject } = Promise.withResolvers<Listed>()
  const failed = (why: string) =>
    reject(new EdgewrightError('lane-failed', `onnxruntime cannot be asked what it was built for: ${why}`))
  const child = startChild<ToLane, FromLane>(
    laneScript(),
    (message) => {
      if (message.kind === 'listed')
        resolve({ onnxruntime: message.onnxruntime, providers: message.providers })
    },
    ({ how, lastWords }) => failed(lastWords || how),
    { memoryMb: listingMb },
  )
  const stop = startDeadline(listingMs, () => failed(`no answer within ${listingMs / 1000} s`))
  child.send({ kind: 'list' })
  return promise.finally(() => {
    stop()
    child.kill()
  })
}

export interface OnnxruntimeBuild {
  version: string
  /** Libraries beside the binding, by name: CUDA's and TensorRT's among them once they were fetched. */
  libraries: string[]
}

/** Which onnxruntime this is, without loading it. */
export function onnxruntimeBuild(): OnnxruntimeBuild {
  const require = createRequire(import.meta.url)
  const file = require.resolve('onnxruntime-node/package.json')
  const { version } = require(file) as { version: string }
  const folder = join(dirname(file), 'bin', 'napi-v6', process.platform, process.arch)
  return { version, libraries: existsSync(folder) ? readdirSync(folder).sort() : [] }
}
