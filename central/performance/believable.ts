import type { MetricsWindow } from '#core/contracts/metrics-window.ts'

/** More readings than a machine makes in a day at a hundred times the rate that it was ever measured at. */
const mostCounted = 1e12
/** Of a latency histogram: 1 µs to 11 days lie within (core/statistics/log-histogram). A bin far out would cost memory up to there. */
const farthestBin = 1_500
/** Years 1 to 9999: a machine's clock may say anything. */
const [leastMs, mostMs] = [-62_135_596_800_000, 253_402_300_799_000]

const isText = (text: string) => text.length <= 200 && text.isWellFormed() && !text.includes('\0')

/**
 * Why a window is not added to the figures of the fleet, in words; undefined: it is. One machine that counts what cannot be must
 * neither hold up its own stream, nor spoil a page that everybody looks at.
 */
export function whyNotBelieved(window: MetricsWindow): string | undefined {
  const { model, version, digest, fromMs, toMs, answers = {}, latency, merged = 1 } = window
  const { readings, alert, normal, abstain, rejected, byRules, marked, alertsRaised } = window
  if (![model, version, digest, ...Object.keys(answers)].every(isText)) return 'its names are none'
  if (fromMs < leastMs || toMs > mostMs || toMs < fromMs) return 'its time is none'
  if (!Object.keys(latency).every((bin) => /^-?\d{1,5}$/.test(bin) && Math.abs(Number(bin)) <= farthestBin))
    return 'its latencies are beyond all bounds'
  const counts = [readings, alert, normal, abstain, rejected, byRules, marked, alertsRaised, merged]
  return [...counts, ...Object.values(answers), ...Object.values(latency)].every(
    (n) => n >= 0 && n <= mostCounted,
  ) && merged < 2 ** 31
    ? undefined
    : 'its counts are beyond all bounds'
}
