import { beforeEach, describe, expect, it } from 'vitest'
import type { Io } from '#cli/io.ts'
import type { Host, Ran } from '#cli/service/host.ts'
import { unitPath } from '#cli/service/systemd-unit.ts'
import { installService, serviceStatus, uninstallService } from '#cli/service.ts'

/** A machine in memory. A command succeeds and prints nothing unless `answer` says otherwise. */
class FakeHost implements Host {
  platform: NodeJS.Platform = 'linux'
  userId: number | undefined = 0
  readonly files = new Map<string, string>([['/run/systemd/system', '']])
  readonly commands: string[] = []
  readonly owners = new Map<string, number>()
  /** Where a runtime answers, once the service was started. */
  starts = true
  #answering = false
  answer: (command: string) => Partial<Ran> = () => ({})

  run(...words: string[]): Ran {
    const command = words.join(' ')
    this.commands.push(command)
    if (/^systemctl restart|^schtasks.exe \/Create/.test(command)) this.#answering = this.starts
    if (/^systemctl disable/.test(command)) this.#answering = false
    const active = command === 'systemctl is-active edgewright.service' && this.#answering
    return { status: 0, out: active ? 'active\n' : '', err: '', ...this.answer(command) }
  }
  exists(path: string) {
    return this.files.has(path)
  }
  owner(path: string) {
    return this.owners.get(path) ?? 0
  }
  read(path: string) {
    return this.files.get(path)
  }
  write(path: string, bytes: string | Uint8Array) {
    this.files.set(path, typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf16le'))
  }
  remove(path: string) {
    this.files.delete(path)
  }
  makeTemporaryFolder() {
    return 'C:\\Temp\\edgewright-1'
  }
  async answers() {
    return this.#answering
  }
  wait = () => Promise.resolve()
  program = () => ({ node: '/opt/edge/node', script: '/opt/edge/edgewright.js' })
}

let host: FakeHost
let printed: string[]
const io: Io = {
  env: { INIT_CWD: '/' },
  print: (line) => printed.push(line),
  note: () => undefined,
  json: false,
}

beforeEach(() => {
  host = new FakeHost()
  printed = []
})

const install = (options: { data?: string; port?: number } = {}) =>
  installService(io, { port: 8700, ...options }, host)

describe('a service of systemd', () => {
  it('is installed: user, unit, start; then it says where it answers', async () => {
    expect(await install()).toEqual({
      installed: true,
      running: true,
      answers: true,
      address: 'http://127.0.0.1:8700',
      data: '/var/lib/edgewright',
    })
    expect(host.commands.filter((command) => !command.includes('is-active'))).toEqual([
      'systemd-sysusers --inline u edgewright - "Edgewright edge runtime" /var/lib/edgewright',
      'systemctl daemon-reload',
      'systemctl enable edgewright.service',
      'systemctl restart edgewright.service',
    ])
    expect(host.files.get(unitPath)).toContain('"/opt/edge/node" "/opt/edge/edgewright.js"')
    expect(printed[0]).toContain('http://127.0.0.1:8700')
  })

  it('gets a data folder of its own where it is named, and refuses that of somebody else', async () => {
    await install({ data: '/srv/edge' })
    expect(host.commands).toContain('install -d -m 0700 -o edgewright -g edgewright /srv/edge')

    host = new FakeHost()
    host.answer = (command) => (command.startsWith('id ') ? { out: '995\n' } : {})
    host.files.set('/srv/theirs', '')
    host.owners.set('/srv/theirs', 1000)
    await expect(install({ data: '/srv/theirs' })).rejects.toThrow(/belongs to somebody else/)
    expect(host.files.has(unitPath)).toBe(false)
    host.owners.set('/srv/theirs', 995)
    expect(await install({ data: '/srv/theirs' })).toMatchObject({ running: true })
  })

  it('that does not answer is said so', async () => {
    host.starts = false
    await expect(install()).rejects.toThrow(/does not answer at http:\/\/127\.0\.0\.1:8700/)
  })

  it('is not put beside a runtime that already answers there', async () => {
    host.answers = async () => true
    await expect(install()).rejects.toThrow(/already answers/)
    expect(host.files.has(unitPath)).toBe(false)
  })

  it('is removed, and its data stays', async () => {
    await install({ data: '/srv/edge' })
    printed = []
    expect(await uninstallService(io, host)).toMatchObject({ installed: false, data: '/srv/edge' })
    expect(host.files.has(unitPath)).toBe(false)
    expect(host.commands.slice(-2)).toEqual([
      'systemctl disable --now edgewright.service',
      'systemctl daemon-reload',
    ])
    expect(printed).toEqual(['The service is removed. Its data stays in /srv/edge'])
    await expect(uninstallService(io, host)).rejects.toThrow(/no service is installed/)
  })

  it('shows its status to anyone', async () => {
    await install()
    host.userId = 1000
    expect(await serviceStatus(io, host)).toMatchObject({ installed: true, running: true, answers: true })
  })
})

describe('a refusal comes in one line, before anything is changed,', () => {
  it.each<[string, (it: FakeHost) => unknown, RegExp]>([
    ['without root', (it) => (it.userId = 1000), /needs root/],
    ['without systemd', (it) => it.files.clear(), /systemd does not run/],
    ['on another system', (it) => (it.platform = 'darwin'), /not built for darwin/],
    ['with a step that fails', (it) => (it.answer = () => ({ status: 1, err: 'a\nno room' })), /: no room$/],
  ])('%s', async (_when, change, wanted) => {
    change(host)
    const error = await install().catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(wanted)
    expect(String(error)).not.toContain('\n')
    expect(host.files.has(unitPath)).toBe(false)
  })
})

describe('a task of Windows (its commands only: no Windows was there to try it)', () => {
  beforeEach(() => {
    host.platform = 'win32'
    host.userId = undefined
    let task: string | undefined
    host.answer = (command) => {
      if (command.startsWith('schtasks.exe /Create'))
        task = host.files.get('C:\\Temp\\edgewright-1\\task.xml')
      if (command.startsWith('schtasks.exe /Delete')) task = undefined
      if (command.startsWith('schtasks.exe /Query')) return task ? { out: task } : { status: 1 }
      if (command.startsWith('powershell.exe')) return { out: 'Running\r\n' }
      return {}
    }
  })

  it('is made with a data folder that other users cannot read', async () => {
    expect(await install({ data: 'C:\\ProgramData\\Edgewright' })).toMatchObject({
      running: true,
      answers: true,
    })
    const made = host.commands.findIndex((command) => command.startsWith('icacls.exe'))
    expect(host.commands[made]).toContain('/inheritance:r /grant:r *S-1-5-18:(OI)(CI)F')
    expect(host.commands.findIndex((command) => command.includes('/Create'))).toBeGreaterThan(made)
  })

  it('needs an administrator', async () => {
    host.answer = (command) => (command === 'fltmc.exe' ? { status: 1 } : {})
    await expect(install()).rejects.toThrow(/needs an administrator/)
  })

  it('is ended and removed', async () => {
    await install({ data: 'D:\\edge' })
    expect(await uninstallService(io, host)).toMatchObject({ installed: false })
    expect(host.commands.at(-1)).toBe('schtasks.exe /Delete /TN Edgewright /F')
    expect(await serviceStatus(io, host)).toMatchObject({ installed: false })
  })
})
