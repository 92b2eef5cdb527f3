/** No clock of a machine that runs this program is right before the program was written: epoch ms. */
export const writtenMs = Date.parse('2026-11-01T00:00:00Z')
/** A clock may be this far behind what was signed without being called wrong. */
const toleranceMs = 5 * 60_000

/**
 * The moment by which expiry dates are judged: the machine's clock, but never before a moment that is known to have passed.
 * A clock that was set back brings no expired metadata to life; one that was set ahead can only refuse new trust.
 */
export const trustedNow = (systemMs: number, floorMs: number): number =>
  Math.max(systemMs, floorMs, writtenMs)

/** The floor after a signed time was seen; a signed time that cannot be read raises nothing. */
export function raised(floorMs: number, issued: string | undefined): number {
  const ms = issued === undefined ? Number.NaN : Date.parse(issued)
  return Number.isNaN(ms) ? floorMs : Math.max(floorMs, ms)
}

export const clockOf = (systemMs: number, floorMs: number) => {
  const floor = Math.max(floorMs, writtenMs)
  return { systemMs, floorMs: floor, behind: systemMs < floor - toleranceMs }
}
