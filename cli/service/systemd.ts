import { type Host, must } from './host.ts'
import { addressOf, refusal, type ServiceSpec, type ServiceStatus } from './spec.ts'
import {
  checkPlaces,
  readUnit,
  serviceUser,
  stateDirectory,
  systemdUnit,
  unitName,
  unitPath,
} from './systemd-unit.ts'

export function administrator(host: Host): boolean {
  return host.userId === 0
}

/** systemd is the manager here and running; its files alone may lie in any container. */
function checkRunning(host: Host): void {
  if (!host.exists('/run/systemd/system'))
    throw refusal(
      'systemd does not run on this machine',
      'Let what starts programs here start: edgewright edge --data DIR.',
    )
}

/** Makes the user, the data folder and the unit, and starts the service; over an older one as well. */
export function install(host: Host, spec: ServiceSpec): void {
  checkRunning(host)
  checkPlaces(spec)
  must(
    host,
    'systemd-sysusers',
    '--inline',
    `u ${serviceUser} - "Edgewright edge runtime" /var/lib/edgewright`,
  )
  // systemd makes /var/lib/NAME itself and hands it to the user.
  if (stateDirectory(spec.dataDir) === undefined) makeDataFolder(host, spec.dataDir)
  host.write(unitPath, systemdUnit(spec))
  must(host, 'systemctl', 'daemon-reload')
  must(host, 'systemctl', 'enable', unitName)
  must(host, 'systemctl', 'restart', unitName)
}

function makeDataFolder(host: Host, dataDir: string): void {
  if (!host.exists(dataDir)) {
    must(host, 'install', '-d', '-m', '0700', '-o', serviceUser, '-g', serviceUser, dataDir)
    return
  }
  if (host.owner(dataDir) !== Number(must(host, 'id', '-u', serviceUser)))
    throw refusal(
      `the data folder ${dataDir} belongs to somebody else than the user ${serviceUser}`,
      `Hand it over first: chown -R ${serviceUser}: ${dataDir}`,
    )
}

/** Stops the service and takes the unit away. The data and its user stay. */
export function uninstall(host: Host): void {
  checkRunning(host)
  must(host, 'systemctl', 'disable', '--now', unitName)
  host.remove(unitPath)
  must(host, 'systemctl', 'daemon-reload')
}

export async function status(host: Host): Promise<ServiceStatus> {
  const unit = host.read(unitPath)
  if (unit === undefined) return { installed: false, running: false, answers: false }
  const running = host.run('systemctl', 'is-active', unitName).out.trim() === 'active'
  const note = readUnit(unit)
  if (!note) return { installed: true, running, answers: false }
  const address = addressOf(note)
  return { installed: true, running, answers: await host.answers(address), address, data: note.dataDir }
}
