/**
 * How a step of `npm test` ended, in single checks. failures: what failed, a line each
 * @typedef {{ passed: number, failed: number, skipped: number, failures?: string[] }} Count
 *
 * The parts that are read of the runners' JSON reports.
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] | null }} VitestTest
 * @typedef {{ status: string, name?: string, message?: string, assertionResults: VitestTest[] }} VitestFile
 * @typedef {{ testResults: VitestFile[] }} VitestReport
 * @typedef {{ message?: string }} Said
 * @typedef {{ status: string, results: { error?: Said }[] }} PlaywrightTest in its status: expected, unexpected, flaky, skipped
 * @typedef {{ title: string, file: string, line: number, tests: PlaywrightTest[] }} PlaywrightSpec
 * @typedef {{ title: string, specs?: PlaywrightSpec[], suites?: PlaywrightSuite[] }} PlaywrightSuite
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, suites?: PlaywrightSuite[],
 *   errors?: Said[] }} PlaywrightReport
 */

/** One check that passed or did not. @param {boolean} passed @param {string} what @returns {Count} */
export const one = (passed, what) =>
  passed ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0, failures: [what] }

/** @param {Count[]} counts @returns {Count} */
export function sum(counts) {
  const failures = counts.flatMap((count) => count.failures ?? [])
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const count of counts) {
    total.passed += count.passed
    total.failed += count.failed
    total.skipped += count.skipped
  }
  return failures.length > 0 ? { ...total, failures } : total
}

/** A runner that ended badly though no test of its own failed (it crashed, an error outside the tests) failed once. */
const atLeast = (/** @type {Count} */ count, /** @type {number} */ status) =>
  status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count

/**
 * A file that could not be loaded has no test of its own and counts as one that failed.
 * @param {VitestReport | undefined} report absent where Vitest ended before it wrote one
 * @param {number} status Vitest's exit status
 */
export function countVitest(report, status) {
  const files = (report?.testResults ?? []).map(({ status: ended, assertionResults }) => {
    const of = (/** @type {string[]} */ ...wanted) =>
      assertionResults.filter((test) => wanted.includes(test.status)).length
    const count = {
      passed: of('passed'),
      failed: of('failed'),
      skipped: of('skipped', 'pending', 'todo', 'disabled'),
    }
    return atLeast(count, ended === 'failed' ? 1 : 0)
  })
  return atLeast(sum(files), report ? status : 1)
}

/** A flaky test is one that failed. @param {PlaywrightReport | undefined} report @param {number} status */
export function countPlaywright(report, status) {
  const { expected, unexpected, flaky, skipped } = report?.stats ?? {
    expected: 0,
    unexpected: 0,
    flaky: 0,
    skipped: 0,
  }
  return atLeast({ passed: expected, failed: unexpected + flaky, skipped }, report ? status : 1)
}

/** The last line of `npm test`. @param {Count} count */
export const lastLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

// biome-ignore lint/suspicious/noControlCharactersInRegex: the runners colour their messages
const colours = /\x1b\[[0-9;]*m/g

/** The first line that says something, of bounded length. @param {string | undefined} message */
function firstLine(message) {
  const lines = (message ?? '').replace(colours, '').split('\n')
  return (
    lines
      .map((line) => line.trim())
      .find((line) => line !== '')
      ?.slice(0, 300) ?? 'no message'
  )
}

/** @param {string} path @param {string} root */
const within = (path, root) => (path.startsWith(root) ? path.slice(root.length).replace(/^[\\/]/, '') : path)

/**
 * Every test of Vitest's that failed: `file › name: first line of its message`.
 * @param {VitestReport | undefined} report @param {string} root what the paths are told from
 */
export function failuresOfVitest(report, root) {
  return (report?.testResults ?? []).flatMap((file) => {
    const path = within(file.name ?? '', root)
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    if (failed.length === 0 && file.status === 'failed') return [`${path}: ${firstLine(file.message)}`]
    return failed.map((test) => `${path} › ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`)
  })
}

/** The same of Playwright's, the flaky ones among them. @param {PlaywrightReport | undefined} report */
export function failuresOfPlaywright(report) {
  /** @param {PlaywrightSuite} suite @param {string[]} above @returns {string[]} */
  const under = (suite, above) => [
    ...(suite.specs ?? []).flatMap(({ title, file, line, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ results }) => {
          const error = results.find((result) => result.error)?.error
          return `${file}:${line} › ${[...above, title].join(' › ')}: ${firstLine(error?.message)}`
        }),
    ),
    ...(suite.suites ?? []).flatMap((inner) => under(inner, [...above, inner.title])),
  ]
  // A file that cannot be loaded is told once for each that loads it.
  const outside = new Set(
    (report?.errors ?? []).map(({ message }) => `outside the tests: ${firstLine(message)}`),
  )
  return [...(report?.suites ?? []).flatMap((suite) => under(suite, [])), ...outside]
}

/**
 * A runner's count with what failed; one that ended badly without naming a test says so.
 * @param {string} what the runner @param {Count} count @param {string[]} failures @param {number} status
 * @returns {Count}
 */
export const withFailures = (what, count, failures, status) =>
  count.failed <= failures.length
    ? { ...count, failures }
    : { ...count, failures: [...failures, `${what} ended with status ${status}; see above`] }

/** The last lines of `npm test`: what failed, then the count. @param {Count} count */
export const lastLines = (count) =>
  [...(count.failures?.length ? ['', 'Failed:', ...count.failures, ''] : []), lastLine(count)].join('\n')
