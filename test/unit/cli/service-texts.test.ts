import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSpec, type ServiceSpec } from '#cli/service/spec.ts'
import * as systemd from '#cli/service/systemd-unit.ts'
import * as task from '#cli/service/task-xml.ts'

const linux: ServiceSpec = {
  node: '/opt/Edgewright/resources/runtime/node/node',
  script: '/opt/Edgewright/resources/runtime/dist/node/edgewright.js',
  dataDir: '/var/lib/edgewright',
  port: 8700,
  allowUnsigned: false,
}
const windows: ServiceSpec = {
  ...linux,
  node: 'C:\\Program Files\\Edgewright\\resources\\runtime\\node\\node.exe',
  script: 'C:\\Program Files\\Edgewright\\resources\\runtime\\dist\\node\\edgewright.js',
  dataDir: 'C:\\ProgramData\\Edgewright',
}
const lines = (unit: string) => unit.split('\n')

describe('a specification', () => {
  it('needs a port that stays, and paths of one line', () => {
    expect(() => checkSpec(linux)).not.toThrow()
    expect(() => checkSpec({ ...linux, port: 0 })).toThrow(/port that stays/)
    expect(() => checkSpec({ ...linux, machine: 'a\nExecStartPre=/bin/sh' })).toThrow(/control character/)
  })
})

describe('the systemd unit', () => {
  it('lets systemd make a folder in /var/lib, and opens any other one for writing', () => {
    expect(lines(systemd.systemdUnit(linux))).toEqual(
      expect.arrayContaining(['StateDirectory=edgewright', 'StateDirectoryMode=0700']),
    )
    const elsewhere = systemd.systemdUnit({ ...linux, dataDir: '/srv/a/../edge' })
    expect(elsewhere).not.toContain('StateDirectory')
    expect(lines(elsewhere)).toContain('ReadWritePaths="/srv/a/../edge"')
    expect(systemd.stateDirectory('/var/lib/edge/deeper')).toBeUndefined()
  })

  it('quotes what systemd would split, expand or read as a specifier', () => {
    const unit = systemd.systemdUnit({
      ...linux,
      dataDir: '/srv/50% of $HOME',
      machine: 'Line "3" \\ b',
      allowUnsigned: true,
    })
    expect(lines(unit)).toContain(
      `ExecStart=:"${linux.node}" "${linux.script}" "edge" "--data" "/srv/50%% of $HOME" "--port" "8700" ` +
        '"--allow-unsigned" "--machine" "Line \\"3\\" \\\\ b"',
    )
  })

  it('calls nobody, unless it is to fetch updates', () => {
    expect(lines(systemd.systemdUnit(linux))).toContain('IPAddressDeny=any')
    expect(systemd.systemdUnit({ ...linux, network: true })).not.toContain('IPAddress')
  })

  it('runs as a user of its own, shut in, and starts again; no sign-in link reaches the journal', () => {
    expect(lines(systemd.systemdUnit(linux))).toEqual(
      expect.arrayContaining([
        'User=edgewright',
        'UMask=0077',
        'NoNewPrivileges=yes',
        'ProtectSystem=strict',
        'CapabilityBoundingSet=',
        'Restart=on-failure',
        'StandardOutput=null',
      ]),
    )
  })

  it('refuses what the sandbox would hide', () => {
    expect(() => systemd.checkPlaces(linux)).not.toThrow()
    expect(() => systemd.checkPlaces({ ...linux, script: '/home/ann/edgewright/cli/main.ts' })).toThrow(
      /\/home/,
    )
    expect(() => systemd.checkPlaces({ ...linux, dataDir: '/opt/../root/data' })).toThrow(
      /does not see \/root/,
    )
    expect(() => systemd.checkPlaces({ ...linux, dataDir: '/rooted' })).not.toThrow()
  })

  it('says again what was noted in it, whatever the folder is called', () => {
    const folder = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !/\p{Cc}/u.test(name))
    fc.assert(
      fc.property(folder, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        const dataDir = `/srv/${name}`
        expect(systemd.readUnit(systemd.systemdUnit({ ...linux, dataDir, port }))).toEqual({ dataDir, port })
      }),
      { examples: [['\u2028 ', 1]] },
    )
    expect(systemd.readUnit('[Service]\nExecStart=/bin/true\n')).toBeUndefined()
  })
})

describe('the Windows task', () => {
  it('starts at power-on, is tried again each minute, and never runs out of time', () => {
    const xml = task.taskXml(windows)
    expect(xml).toContain('<BootTrigger><Enabled>true</Enabled><Repetition><Interval>PT1M</Interval>')
    expect(xml).toContain('<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>')
    expect(xml).toContain('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>')
    expect(xml).toContain(`<UserId>${task.localService}</UserId>`)
    expect(xml).toContain(`<Command>${windows.node}</Command>`)
  })

  it.each([
    ['plain', 'plain'],
    ['', '""'],
    ['two words', '"two words"'],
    ['a "b"', '"a \\"b\\""'],
    ['C:\\a b\\', '"C:\\a b\\\\"'],
    ['x\\"y', '"x\\\\\\"y"'],
  ])('quotes %j as the C runtime reads it', (given, wanted) => {
    expect(task.quotedArgument(given)).toBe(wanted)
  })

  it('keeps text as text in its XML, and says again what was noted', () => {
    const dataDir = 'D:\\Läufe & <Öfen> "3"'
    const xml = task.taskXml({ ...windows, dataDir })
    expect(xml).toContain('&amp; &lt;Öfen&gt;')
    const documentation = /<Documentation>(.*)<\/Documentation>/.exec(xml)?.[1]
    expect(documentation).toMatch(/^[\u0020-\u007e]+$/)
    expect(task.readTask(xml)).toEqual({ dataDir, port: 8700 })
    expect(task.readTask('<Task><Documentation>{"a":1}</Documentation></Task>')).toBeUndefined()
    expect(task.readTask('<Task><Documentation>{somebody else}</Documentation></Task>')).toBeUndefined()
  })

  it("refuses a person's own folders", () => {
    expect(() => task.checkPlaces(windows)).not.toThrow()
    expect(() =>
      task.checkPlaces({ ...windows, script: 'C:\\Users\\ann\\edgewright\\cli\\main.ts' }),
    ).toThrow(/own folders/)
  })
})
