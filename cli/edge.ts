import { EdgewrightError } from '#core/contracts/errors.ts'
import { startEdge } from '#edge/main.ts'
import { type Io, userPath } from './io.ts'
import { rendererDir } from './renderer-dir.ts'

export interface EdgeOptions {
  data: string
  port: number
  host: string
  allowUnsigned?: boolean
  requireSigned?: boolean
  machine?: string
  laneMemory?: number
  signOut?: number
  central?: string
}

/** Runs the edge until it is told to stop (SIGINT, SIGTERM). */
export async function edge(io: Io, options: EdgeOptions): Promise<void> {
  const { central } = options
  if (central !== undefined && !/^https?:$/.test(URL.parse(central)?.protocol ?? ''))
    throw new EdgewrightError(
      'request-invalid',
      `"${central}" is not an address such as https://central.example`,
    )
  const { EDGEWRIGHT_JOIN: joinCode, EDGEWRIGHT_CA: caFile } = io.env
  if (options.allowUnsigned && options.requireSigned)
    throw new EdgewrightError(
      'request-invalid',
      '--allow-unsigned and --require-signed contradict each other',
      {
        hint: 'Give one of them.',
      },
    )
  const running = await startEdge({
    dataDir: userPath(io, options.data),
    host: options.host,
    port: options.port,
    rendererDir: rendererDir(),
    ...(options.allowUnsigned && { allowUnsigned: true }),
    ...(options.requireSigned && { allowUnsigned: false }),
    ...(options.machine !== undefined && { machine: options.machine }),
    ...(options.signOut !== undefined && { signOutAfterS: 60 * options.signOut }),
    ...(central !== undefined && { central }),
    ...(joinCode && { joinCode }),
    ...(caFile && { caFile: userPath(io, caFile) }),
    ...(options.laneMemory !== undefined && { laneMemoryMb: options.laneMemory }),
  })
  io.print(`Edgewright is at ${running.url}`)
  io.print(`${running.url}/#code=${running.signInCode()}`)
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        io.note(
          `The runtime could not be closed in order: ${error instanceof Error ? error.message : String(error)}`,
        )
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
