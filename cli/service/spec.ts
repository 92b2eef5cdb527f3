import { EdgewrightError } from '#core/contracts/errors.ts'

/** What runs as a service, in absolute paths. */
export interface ServiceSpec {
  node: string
  /** The program `edgewright`. */
  script: string
  dataDir: string
  port: number
  allowUnsigned: boolean
  /** It may call other machines, to fetch signed updates; absent: this machine only. */
  network?: boolean
  machine?: string
}

/** What the service manager's own file says of the service; written with it, so that anyone can ask for the status. */
export interface ServiceNote {
  dataDir: string
  port: number
}

export interface ServiceStatus {
  installed: boolean
  running: boolean
  /** Whether the runtime answers at `address`. */
  answers: boolean
  address?: string
  data?: string
}

/** What an `edgewright edge` of this service is started with, Node's own path left out. */
export function edgeArguments(spec: ServiceSpec): string[] {
  return [
    ...[spec.script, 'edge', '--data', spec.dataDir, '--port', String(spec.port)],
    ...(spec.allowUnsigned ? ['--allow-unsigned'] : []),
    ...(spec.machine === undefined ? [] : ['--machine', spec.machine]),
  ]
}

export const addressOf = ({ port }: { port: number }) => `http://127.0.0.1:${port}`

export const refusal = (message: string, hint: string, cause?: unknown) =>
  new EdgewrightError('request-invalid', message, { hint, ...(cause !== undefined && { cause }) })

/** Refuses what no service manager could start: a changing port, and text that would break out of its line. */
export function checkSpec(spec: ServiceSpec): void {
  if (spec.port === 0)
    throw refusal('a service needs a port that stays', 'Name one with --port, such as 8700.')
  for (const text of [spec.node, spec.script, spec.dataDir, spec.machine ?? ''])
    if (/\p{Cc}/u.test(text)) throw refusal('a path or name holds a control character', 'Choose another.')
}
