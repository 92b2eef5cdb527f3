import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openLog } from '#edge/log.ts'
import { workFolder } from '#support/drafts.ts'

describe('the log of the runtime', () => {
  it('is lines of JSON in the data folder', () => {
    const work = workFolder()
    openLog(work.dir).info('a word')
    expect(JSON.parse(readFileSync(work.path('logs/runtime.log'), 'utf8'))).toMatchObject({
      pid: process.pid,
      msg: 'a word',
    })
    work.remove()
  })

  // full(4): every write to it fails with ENOSPC.
  it.runIf(process.platform === 'linux')('ends nothing where the disk is full', () => {
    const work = workFolder()
    mkdirSync(work.path('logs'))
    symlinkSync('/dev/full', work.path('logs/runtime.log'))
    const log = openLog(work.dir)
    for (let k = 0; k < 3; k++) expect(() => log.error({ k }, 'x'.repeat(600_000))).not.toThrow()
    work.remove()
  })
})
