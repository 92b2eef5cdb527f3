import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemdUnit } from '#cli/service/systemd-unit.ts'
import { outsideFolder } from './shipped.ts'

const absent = spawnSync('systemd-analyze', ['--version']).status !== 0
const work = outsideFolder()
afterAll(work.remove)

const unit = systemdUnit({
  node: process.execPath,
  script: '/opt/Edge wright/a$HOME 100%i "x\\y".js',
  dataDir: '/srv/edge data',
  port: 8700,
  allowUnsigned: true,
  machine: 'Line "3"',
})

function verify(text: string) {
  const file = join(work.dir, 'edgewright.service')
  writeFileSync(file, text)
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  return { status, said: stderr.split('\n').filter((line) => line.includes('edgewright')) }
}

describe.skipIf(absent)("the unit, by systemd's own check", () => {
  it('is sound', () => {
    expect(verify(unit)).toEqual({ status: 0, said: [] })
  })

  it('would be refused with an error in it', () => {
    expect(verify(unit.replace('Restart=on-failure', 'Restart=now and then')).said.join()).toMatch(
      /restart specifier/,
    )
    expect(verify(unit.replace('ExecStart=:"/', 'ExecStart=:"/nowhere/')).status).not.toBe(0)
  })
})
