import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isInstalled, node24 } from '../../../build/bootstrap.mjs'
import { pickChromium } from '../../../build/chromium.mjs'
import {
  countPlaywright,
  countVitest,
  failuresOfPlaywright,
  failuresOfVitest,
  lastLine,
  lastLines,
  one,
  sum,
  withFailures,
} from '../../../build/results.mjs'

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
    expect(lastLine(sum([one(true, 'a'), one(false, 'b'), { passed: 5, failed: 0, skipped: 0 }]))).toBe(
      '6 passed, 1 failed',
    )
    expect(lastLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped')
  })
})

describe('the failures that npm test tells last', () => {
  const test = (status: string, fullName: string, ...failureMessages: string[]) => ({
    status,
    fullName,
    failureMessages,
  })

  it('are each failed test by file and name, with the first line of its message', () => {
    const assertionResults = [
      test('passed', 'a lane starts'),
      test(
        'failed',
        'a lane ends',
        '\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at lane.test.ts:3',
      ),
      test('failed', 'a lane waits'),
    ]
    const files = [
      { name: '/here/test/a.test.ts', status: 'failed', message: '', assertionResults },
      {
        name: '/here/test/b.test.ts',
        status: 'failed',
        message: 'SyntaxError: no\n at b',
        assertionResults: [],
      },
      {
        name: '/here/test/c.test.ts',
        status: 'passed',
        message: '',
        assertionResults: [test('passed', 'd')],
      },
    ]
    expect(failuresOfVitest({ testResults: files }, '/here')).toEqual([
      'test/a.test.ts › a lane ends: AssertionError: expected 1 to be 2',
      'test/a.test.ts › a lane waits: no message',
      'test/b.test.ts: SyntaxError: no',
    ])
  })

  it('are the browser tests’ too, flaky ones and errors outside the tests among them', () => {
    const spec = (title: string, status: string, message?: string) => ({
      title,
      file: 'now.spec.ts',
      line: 7,
      tests: [{ status, results: [{}, ...(message ? [{ error: { message } }] : [])] }],
    })
    const inner = { title: 'swap', specs: [spec('a share', 'flaky', '\nTimed out\nat 1')] }
    const suites = [
      {
        title: 'now.spec.ts',
        specs: [spec('fine', 'expected'), spec('an alert', 'unexpected', 'Gone')],
        suites: [inner],
      },
    ]
    const stats = { expected: 1, unexpected: 1, flaky: 1, skipped: 0 }
    expect(
      failuresOfPlaywright({
        stats,
        suites,
        errors: [{ message: 'the server died' }, { message: 'the server died' }],
      }),
    ).toEqual([
      'now.spec.ts:7 › an alert: Gone',
      'now.spec.ts:7 › swap › a share: Timed out',
      'outside the tests: the server died',
    ])
  })

  it('are none where the runner wrote no report, or nothing failed', () => {
    expect([...failuresOfVitest(undefined, '/'), ...failuresOfPlaywright(undefined)]).toEqual([])
    expect(lastLines({ passed: 1, failed: 0, skipped: 0, failures: [] })).toBe('1 passed, 0 failed')
  })

  it('stand right before the last line, whichever step they are of', () => {
    const vitest = withFailures('Vitest', { passed: 3, failed: 1, skipped: 0 }, ['a.test.ts › x: no'], 1)
    const crashed = withFailures('Playwright', { passed: 0, failed: 1, skipped: 0 }, [], 137)
    expect(lastLines(sum([one(false, 'lint; see above'), vitest, crashed])).split('\n')).toEqual([
      '',
      'Failed:',
      'lint; see above',
      'a.test.ts › x: no',
      'Playwright ended with status 137; see above',
      '',
      '3 passed, 3 failed',
    ])
  })
})
