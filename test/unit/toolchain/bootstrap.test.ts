import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isInstalled, node24 } from '../../../build/bootstrap.mjs'
import { pickChromium } from '../../../build/chromium.mjs'
import { countPlaywright, countVitest, lastLine, one, sum } from '../../../build/results.mjs'

describe('installing', () => {
  const wanted = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/mac': { version: '2.0.0', optional: true, os: ['darwin'] },
    },
  }

  it('is done where npm has put there what the lock asks for', () => {
    expect(isInstalled(wanted, { packages: { 'node_modules/a': { version: '1.0.0' } } }, 'linux')).toBe(true)
  })

  it.each([
    ['nothing was installed, or not to the end', undefined],
    ['a package is missing', { packages: {} }],
    ['a package has another version', { packages: { 'node_modules/a': { version: '1.0.1' } } }],
    [
      'it was done on another platform',
      {
        packages: {
          'node_modules/a': { version: '1.0.0' },
          'node_modules/mac': { version: '2.0.0', os: ['darwin'] },
        },
      },
    ],
  ])('is to be done again where %s', (_why, installed) => {
    expect(isInstalled(wanted, installed, 'linux')).toBe(false)
  })

  it('brings a Node 24, which runs these tests', () => {
    expect(existsSync(node24())).toBe(true)
    expect(process.versions.node).toMatch(/^24\./)
  })
})

describe('the Chromium of the browser tests', () => {
  const only =
    (...there: string[]) =>
    (path: string) =>
      there.includes(path)
  const path = ['/usr/local/bin', '/usr/bin'].join(process.platform === 'win32' ? ';' : ':')

  it('is the one that CHROMIUM_PATH names, before any other', () => {
    const runs = only('/opt/chromium', '/usr/bin/chromium', '/cache/chrome')
    expect(pickChromium({ CHROMIUM_PATH: '/opt/chromium', PATH: path }, '/cache/chrome', runs)).toBe(
      '/opt/chromium',
    )
  })

  it('is never another one than CHROMIUM_PATH names', () => {
    const pick = () =>
      pickChromium({ CHROMIUM_PATH: '/gone', PATH: path }, '/cache/chrome', only('/usr/bin/chromium'))
    expect(pick).toThrow('/gone')
  })

  it('is an installed one before Playwright’s', () => {
    const runs = only('/usr/bin/google-chrome', '/cache/chrome')
    expect(pickChromium({ PATH: path }, '/cache/chrome', runs)).toBe('/usr/bin/google-chrome')
    expect(pickChromium({ PATH: path }, '/cache/chrome', only('/cache/chrome'))).toBe('/cache/chrome')
  })

  it('is none where none starts', () => {
    expect(pickChromium({ PATH: path }, '/cache/chrome', only())).toBeUndefined()
  })
})

describe('the count of npm test', () => {
  const file = (...statuses: string[]) => ({
    status: statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map((status) => ({ status })),
  })
  const stats = (expected: number, unexpected: number, flaky: number, skipped: number) => ({
    stats: { expected, unexpected, flaky, skipped },
  })

  it('is of single tests', () => {
    const report = { testResults: [file('passed', 'failed', 'passed'), file('skipped', 'todo', 'passed')] }
    expect(countVitest(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
  })

  it('takes a test file that does not load for one failure', () => {
    const report = { testResults: [file('passed'), { status: 'failed', assertionResults: [] }] }
    expect(countVitest(report, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('takes a runner that crashed for one failure', () => {
    expect(countVitest(undefined, 137)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(countVitest({ testResults: [file('passed')] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(countPlaywright(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(countPlaywright(stats(4, 0, 0, 0), 1)).toEqual({ passed: 4, failed: 1, skipped: 0 })
  })

  it('takes a flaky browser test for a failure', () => {
    expect(countPlaywright(stats(4, 1, 1, 2), 1)).toEqual({ passed: 4, failed: 2, skipped: 2 })
  })

  it('adds the steps up, and names skipped ones only where there are some', () => {
    expect(lastLine(sum([one(true), one(false), { passed: 5, failed: 0, skipped: 0 }]))).toBe(
      '6 passed, 1 failed',
    )
    expect(lastLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped')
  })
})
