import type { Gap } from './segments.ts'

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
  yTicks: { at: number; label: string }[]
  xTicks: { at: number; label: string }[]
  /** The alarm's colour (grey for 0) fills between the line and `level`. */
  over?: { level: number; direction: 'above' | 'below'; p: number } | undefined
  levels: { at: number; label: string; kind: 'raise' | 'clear' }[]
  raised?: { at: number; p: number; grey?: boolean } | undefined
  newest?: { at: number; value: number; label: string } | undefined
  /** Few values: each one is shown as a point. */
  points: boolean
}
