import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { startDeadline } from '../inference/deadline.ts'
import { type ChildOptions, startChild } from '../inference/lane-child.ts'
import type { FromInspector, ToInspector } from './inspect-protocol.ts'
import type { CheckedModel, CheckOptions } from './model-file.ts'

export interface InspectOptions extends CheckOptions, Partial<ChildOptions> {
  /** For understanding the file, milliseconds; reading it and its weights has time of its own, by their size. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
  /** The script of the process; for tests. */
  script?: string
}

const defaultTimeoutMs = 60_000
const defaultMemoryMb = 2048
/** Slower than any disk that a package could be installed on. */
const leastBytesPerMs = 5_000

/** Beside this file as source, beside the bundle's chunk when built. */
const inspectScript = () =>
  fileURLToPath(new URL(`./inspect-process${extname(import.meta.url)}`, import.meta.url))

/**
 * Looks at a model file in a process of its own, which may take `timeoutMs` and `memoryMb` (60 s, 2048 MB): what
 * `checkModelFile` answers. A rewritten model is at `rewriteTo` when this resolves, and nothing is where it rejects.
 * @throws EdgewrightError model-refused (also where the process crashes, or takes too long or too much memory) or
 * file-unreadable; the signal's reason where it is aborted
 */
export async function inspectModel(path: string, options: InspectOptions = {}): Promise<CheckedModel> {
  const { refuseLink = false, rewriteTo, signal } = options
  signal?.throwIfAborted()
  const part = rewriteTo === undefined ? undefined : `${rewriteTo}.${randomUUID()}.part`
  try {
    const model = await ask({ path, options: { refuseLink, ...(part && { rewriteTo: part }) } }, options)
    signal?.throwIfAborted()
    if (!part || model.file.path !== part) return model
    await rename(part, rewriteTo!)
    return { ...model, file: { ...model.file, path: rewriteTo! } }
  } catch (error) {
    if (part) await rm(part, { force: true })
    throw error
  }
}

/** Settles when the process is gone. */
async function ask(
  request: ToInspector,
  {
    timeoutMs = defaultTimeoutMs,
    memoryMb = defaultMemoryMb,
    signal,
    script = inspectScript(),
    ...rest
  }: InspectOptions,
): Promise<CheckedModel> {
  const refuse = (why: string) =>
    new EdgewrightError('model-refused', `"${basename(request.path)}" is refused: ${why}`)
  const { promise, resolve, reject } = Promise.withResolvers<CheckedModel>()
  const child = startChild<ToInspector, FromInspector>(
    script,
    (message) => {
      switch (message.kind) {
        case 'reading':
          cancelDeadline()
          cancelDeadline = within(timeoutMs + message.bytes / leastBytesPerMs)
          return
        case 'checked':
          resolve(message.model)
          return child.kill()
        case 'refused':
          reject(new EdgewrightError(message.code, message.message, { hint: message.hint }))
          return child.kill()
        case 'failed':
          reject(new Error(message.message))
          return child.kill()
      }
    },
    ({ how, lastWords, overMemory }) => {
      if (overMemory) reject(refuse(`looking at it took more than ${memoryMb} MB of memory`))
      else reject(refuse(`looking at it failed: ${how}${lastWords && `: ${lastWords}`}`))
    },
    { ...rest, memoryMb },
  )
  const within = (ms: number) =>
    startDeadline(ms, () => {
      reject(refuse(`looking at it took more than ${Math.round(ms / 1000)} s`))
      child.kill()
    })
  let cancelDeadline = within(timeoutMs)
  const abort = () => {
    reject(signal?.reason)
    child.kill()
  }
  signal?.addEventListener('abort', abort, { once: true })
  child.send(request)
  try {
    return await promise
  } finally {
    cancelDeadline()
    signal?.removeEventListener('abort', abort)
    await child.gone
  }
}
