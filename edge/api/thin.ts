/** A series in time order → per bucket of `bucketMs` from `fromMs`: [time of its newest, lowest, highest]. Empty buckets are absent. */
export function thin(
  timesMs: readonly number[],
  values: readonly number[],
  fromMs: number,
  bucketMs: number,
): [number, number, number][] {
  const points: [number, number, number][] = []
  let bucket = -1
  for (let i = 0; i < timesMs.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const here = Math.floor((timesMs[i]! - fromMs) / bucketMs)
    const last = points.at(-1)
    if (here !== bucket || !last) {
      points.push([timesMs[i]!, value, value])
      bucket = here
    } else {
      last[0] = timesMs[i]!
      last[1] = Math.min(last[1], value)
      last[2] = Math.max(last[2], value)
    }
  }
  return points
}
