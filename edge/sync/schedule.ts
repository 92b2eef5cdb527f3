import type { Limits } from '#core/contracts/sync.ts'

/** Local time: what a clock on the wall of the site shows. */
export interface WallTime {
  /** 0: Sunday. */
  day: number
  /** Since midnight. */
  minute: number
}

export function wallTime(ms: number): WallTime {
  const date = new Date(ms)
  return { day: date.getDay(), minute: date.getHours() * 60 + date.getMinutes() }
}

/**
 * Whether the site's line may be used for what can wait. `to` is the first minute after; a window that ends before it begins goes
 * over midnight and belongs to the day on which it began; from = to: the whole day.
 */
export function isOpen(window: Limits['window'], { day, minute }: WallTime): boolean {
  if (!window) return true
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)]
  const on = (d: number) => window.days?.includes((d + 7) % 7) ?? true
  if (from < to) return on(day) && minute >= from && minute < to
  return (minute >= from && on(day)) || (minute < to && on(day - 1))
}

/** In words, for people. */
export function inWords(window: Limits['window']): string | null {
  if (!window) return null
  const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  const days = window.days?.map((day) => names[day]).join(', ')
  return `${window.from}–${window.to}${days === undefined ? '' : `, ${days}`}`
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
