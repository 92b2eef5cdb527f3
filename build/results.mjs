/**
 * How a step of `npm test` ended, in single checks.
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 *
 * The parts that are read of the runners' JSON reports.
 * @typedef {{ status: string, assertionResults: { status: string }[] }} VitestFile
 * @typedef {{ testResults: VitestFile[] }} VitestReport
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors?: unknown[] }} PlaywrightReport
 */

/** One check that passed or did not. @param {boolean} passed @returns {Count} */
export const one = (passed) => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })

/** @param {Count[]} counts @returns {Count} */
export function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const count of counts) {
    total.passed += count.passed
    total.failed += count.failed
    total.skipped += count.skipped
  }
  return total
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
