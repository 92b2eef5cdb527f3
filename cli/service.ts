import { type Io, userPath } from './io.ts'
import { type Host, thisHost } from './service/host.ts'
import { addressOf, checkSpec, refusal, type ServiceSpec, type ServiceStatus } from './service/spec.ts'
import * as systemd from './service/systemd.ts'
import { defaultDataDir } from './service/systemd-unit.ts'
import * as windows from './service/windows.ts'

export interface ServiceOptions {
  data?: string
  port: number
  allowUnsigned?: boolean
  network?: boolean
  machine?: string
}

/** How long a start may take until it is said that nothing answers, milliseconds: a journal is read first. */
const startWithinMs = 30_000
const askEveryMs = 500

function managerOf(host: Host) {
  if (host.platform === 'linux') return systemd
  if (host.platform === 'win32') return windows
  throw refusal(
    `services are not built for ${host.platform}, only for systemd and Windows`,
    'Let what starts programs here start: edgewright edge --data DIR.',
  )
}

function checkAdministrator(host: Host, action: string): void {
  if (managerOf(host).administrator(host)) return
  throw host.platform === 'win32'
    ? refusal(`${action} needs an administrator`, 'Use a terminal opened with "Run as administrator".')
    : refusal(`${action} needs root`, 'Run it with sudo.')
}

/** Installs and starts the service; resolves when it answers, or is given up on. */
export async function installService(
  io: Io,
  options: ServiceOptions,
  host: Host = thisHost,
): Promise<ServiceStatus> {
  const manager = managerOf(host)
  const spec: ServiceSpec = {
    ...host.program(),
    dataDir: options.data === undefined ? defaultData(io, host) : userPath(io, options.data),
    port: options.port,
    allowUnsigned: options.allowUnsigned ?? false,
    network: options.network ?? false,
    ...(options.machine !== undefined && { machine: options.machine }),
  }
  checkSpec(spec)
  checkAdministrator(host, 'installing a service')
  const before = await manager.status(host)
  if (!before.running && (await host.answers(addressOf(spec))))
    throw refusal(
      `a runtime already answers at ${addressOf(spec)}`,
      'Stop it first, or choose another --port for the service.',
    )
  manager.install(host, spec)
  let status = await manager.status(host)
  for (let waitedMs = 0; !status.answers && waitedMs < startWithinMs; waitedMs += askEveryMs) {
    await host.wait(askEveryMs)
    status = await manager.status(host)
  }
  if (!status.answers)
    throw refusal(
      `the service is installed but does not answer at ${addressOf(spec)}`,
      host.platform === 'linux'
        ? `See journalctl -u edgewright and ${spec.dataDir}/logs/runtime.log.`
        : `See ${spec.dataDir}\\logs\\runtime.log.`,
    )
  say(io, [
    `The service runs, also after a restart of the machine, and answers at ${status.address}`,
    `Its data is in ${spec.dataDir}. A sign-in link: ${host.platform === 'linux' ? 'sudo ' : ''}edgewright link --data "${spec.dataDir}"`,
  ])
  return status
}

export async function uninstallService(io: Io, host: Host = thisHost): Promise<ServiceStatus> {
  const manager = managerOf(host)
  checkAdministrator(host, 'removing a service')
  const { installed, data } = await manager.status(host)
  if (!installed) throw refusal('no service is installed', 'There is nothing to remove.')
  manager.uninstall(host)
  say(io, [`The service is removed.${data === undefined ? '' : ` Its data stays in ${data}`}`])
  return { installed: false, running: false, answers: false, ...(data !== undefined && { data }) }
}

export async function serviceStatus(io: Io, host: Host = thisHost): Promise<ServiceStatus> {
  const status = await managerOf(host).status(host)
  const { installed, running, answers, address, data } = status
  if (!installed) say(io, ['Not installed. To install it: edgewright service install'])
  else
    say(io, [
      `Installed, ${running ? 'running' : 'not running'}`,
      ...(address === undefined ? [] : [`${answers ? 'Answers' : 'Does not answer'} at ${address}`]),
      ...(data === undefined ? [] : [`Data in ${data}`]),
    ])
  return status
}

function defaultData(io: Io, host: Host): string {
  if (host.platform !== 'win32') return defaultDataDir
  return `${io.env['ProgramData'] ?? 'C:\\ProgramData'}\\Edgewright`
}

function say(io: Io, lines: readonly string[]): void {
  if (!io.json) for (const line of lines) io.print(line)
}
