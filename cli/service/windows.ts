import { win32 } from 'node:path'
import { type Host, must } from './host.ts'
import { addressOf, type ServiceSpec, type ServiceStatus } from './spec.ts'
import { checkPlaces, localService, readTask, taskName, taskXml } from './task-xml.ts'

/** Only administrators may list the file system's filters. */
export function administrator(host: Host): boolean {
  return host.run('fltmc.exe').status === 0
}

/** Makes the data folder, closed to other users, and the task, which starts at once; over an older one as well. */
export function install(host: Host, spec: ServiceSpec): void {
  checkPlaces(spec)
  if (!host.exists(spec.dataDir)) must(host, 'cmd.exe', '/d', '/c', 'mkdir', spec.dataDir)
  // ProgramData lets every user read, and the token lies in there: the system, administrators and the service only.
  const full = ['S-1-5-18', 'S-1-5-32-544'].map((sid) => `*${sid}:(OI)(CI)F`)
  must(host, 'icacls.exe', spec.dataDir, '/inheritance:r', '/grant:r', ...full, `*${localService}:(OI)(CI)M`)
  const folder = host.makeTemporaryFolder()
  try {
    const file = win32.join(folder, 'task.xml')
    host.write(file, Buffer.from(`\ufeff${taskXml(spec)}`, 'utf16le'))
    host.run('schtasks.exe', '/End', '/TN', taskName)
    must(host, 'schtasks.exe', '/Create', '/TN', taskName, '/XML', file, '/F')
  } finally {
    host.remove(folder)
  }
}

/** Ends the runtime and takes the task away. The data stays. */
export function uninstall(host: Host): void {
  host.run('schtasks.exe', '/End', '/TN', taskName)
  must(host, 'schtasks.exe', '/Delete', '/TN', taskName, '/F')
}

export async function status(host: Host): Promise<ServiceStatus> {
  const task = host.run('schtasks.exe', '/Query', '/TN', taskName, '/XML')
  if (task.status !== 0) return { installed: false, running: false, answers: false }
  // schtasks itself answers in the user's language; this state is the name of a constant.
  const state = host.run('powershell.exe', '-NoProfile', '-Command', `(Get-ScheduledTask ${taskName}).State`)
  const running = state.out.trim() === 'Running'
  const note = readTask(task.out)
  if (!note) return { installed: true, running, answers: false }
  const address = addressOf(note)
  return { installed: true, running, answers: await host.answers(address), address, data: note.dataDir }
}
