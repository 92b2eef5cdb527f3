const minuteMs = 60_000

/** The spans of time that the live trend can show; `points` buckets, so that one is about two pixels wide. */
export const windows = [
  { id: '20m', ms: 20 * minuteMs, refetchMs: 5000 },
  { id: '1h', ms: 60 * minuteMs, refetchMs: 10_000 },
  { id: '8h', ms: 480 * minuteMs, refetchMs: 30_000 },
] as const
export type Window = (typeof windows)[number]
export const trendPoints = 300

/** Five marks over a window, at whole minutes for the inner ones, newest last. */
export function timeTicks(fromMs: number, toMs: number): number[] {
  const step = (toMs - fromMs) / 4
  return [0, 1, 2, 3, 4].map((i) => fromMs + i * step)
}
