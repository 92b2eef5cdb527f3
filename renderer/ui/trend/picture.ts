import type { Band, Gap } from './segments.ts'

/** Everything a trend shows, beside its line. Positions are epoch ms and the value's own unit. */
export interface Picture {
  from: number
  to: number
  y: { min: number; max: number }
  x: number[]
  line: (number | null)[]
  gaps: (Gap & { label?: string })[]
  usual?: { min: number; max: number } | undefined
  /** Where the usual range is drawn from: nothing is claimed of the time before the first value. */
  usualFrom?: number | undefined
  /** Where the value itself lies, as far as the model can say: drawn as quietly as the usual range. */
  bands?: readonly Band[] | undefined
  yTicks: { at: number; label: string }[]
  xTicks: { at: number; label: string }[]
  /** The alarm's colour (grey for 0) fills between the line and `level`. */
  over?: { level: number; direction: 'above' | 'below'; p: number } | undefined
  /** `side`: the end of its line where its words stand; the end where nothing is drawn, on either screen. */
  levels: { at: number; label: string; kind: 'raise' | 'clear'; side?: 'left' | 'right' }[]
  raised?: { at: number; p: number; grey?: boolean } | undefined
  newest?: { at: number; value: number; label: string; more?: string | undefined } | undefined
  /** Few values: each one is shown as a point. */
  points: boolean
  /** Each value holds until the next one. */
  steps?: boolean | undefined
}

/** Room for the words of the newest value, CSS px: estimated, in steps, so that a figure more or less moves nothing. */
export function roomFor(newest: Picture['newest']): number {
  const chars = Math.max(newest?.label.length ?? 0, newest?.more?.length ?? 0)
  return newest?.more === undefined ? 48 : Math.min(208, 32 * Math.ceil((chars * 7.5 + 12) / 32))
}
