import { seededRandom } from '#core/package/random.ts'

/** Readings like a line's: 16 sensors, values to three decimals, eight machines in turn. */
export const width = 16
export const poolSize = 8192
export const featureNames: readonly string[] = Array.from({ length: width }, (_, i) => `sensor_${i}`)
const assets = 8

export interface PoolReading {
  id?: string
  asset: string
  time: string
  values: Record<string, number>
}

/** The rows of the pool, the same in every process: values between −1 and 1. */
export function poolValues(rows = poolSize): number[][] {
  const random = seededRandom(11)
  return Array.from({ length: rows }, () =>
    Array.from({ length: width }, () => Math.round(2000 * random() - 1000) / 1000),
  )
}

/** `line` tells apart the assets of senders that do not know of one another. */
export function poolReadings(line = 'line'): PoolReading[] {
  return poolValues().map((row, i) => ({
    asset: `${line}-mill-${i % assets}`,
    time: new Date().toISOString(),
    values: Object.fromEntries(featureNames.map((name, k) => [name, row[k]!])),
  }))
}

/** Stands in a request where the time of sending is written before each sending: as long as an ISO time. */
export const timeMark = '@'.repeat(24)

/** The pool as JSON texts, `size` readings each, with `timeMark` for their time. */
export function poolTexts(size: number, form: 'one' | 'array' | 'ndjson', line?: string): string[] {
  const readings = poolReadings(line).map((reading) => JSON.stringify({ ...reading, time: timeMark }))
  const texts: string[] = []
  for (let i = 0; i + size <= readings.length; i += size) {
    const part = readings.slice(i, i + size)
    texts.push(
      form === 'array' ? `[${part.join(',')}]` : form === 'ndjson' ? `${part.join('\n')}\n` : part[0]!,
    )
  }
  return texts
}

/** Where the time marks lie in a request. */
export function marksIn(request: Buffer): number[] {
  const marks: number[] = []
  for (let at = request.indexOf(timeMark); at >= 0; at = request.indexOf(timeMark, at + timeMark.length))
    marks.push(at)
  return marks
}

/** Writes one time into all marks; a reading's time may stand still, but never go back. */
export function stamp(request: Buffer, marks: readonly number[]): void {
  const time = new Date().toISOString()
  for (const at of marks) request.write(time, at, 'latin1')
}
