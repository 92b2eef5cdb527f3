/** Numbers, times and ages in the reader's language. Times are on a 24-hour clock. */

const locales: Readonly<Record<string, string>> = { en: 'en-GB', de: 'de-DE' }
const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** What a value is measured against: decides how many decimals say something. */
export interface Spread {
  min: number
  max: number
}

export interface Left {
  text: string
  overdue: boolean
}

export type Format = ReturnType<typeof makeFormat>

/** Decimals for values of this range: three figures of its ends, at least two of its width; none for whole numbers. */
export function decimalsFor(value: number, usual: Spread | undefined): number {
  const { min, max } = usual ?? { min: value, max: value }
  if ([value, min, max].every(Number.isInteger)) return 0
  const largest = Math.max(Math.abs(min), Math.abs(max))
  const bySize = largest > 0 ? 2 - Math.floor(Math.log10(largest)) : 2
  const byWidth = max > min ? 2 - Math.ceil(Math.log10(max - min)) : 0
  return Math.min(6, Math.max(0, bySize, byWidth))
}

/** `timeZone` is the machine's own unless a test names one. */
export function makeFormat(language: string, timeZone?: string) {
  const locale = locales[language] ?? language
  const zone = timeZone === undefined ? {} : { timeZone }
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zone,
  })
  const clockS = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...zone,
  })
  const weekday = new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...zone,
  })
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...zone })
  const dateOfYear = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...zone,
  })
  const dateLong = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', ...zone })
  const dateYear = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...zone,
  })
  const dayKey = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...zone,
  })
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  const collator = new Intl.Collator(locale, { numeric: true })
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })

  // Made once each: making one takes a hundred times as long as using it.
  const numbers = new Map<string, Intl.NumberFormat>()
  const numberFormat = (decimals: number, least: number): Intl.NumberFormat => {
    const known = numbers.get(`${decimals} ${least}`)
    if (known) return known
    const made = new Intl.NumberFormat(locale, {
      maximumFractionDigits: decimals,
      minimumFractionDigits: least,
    })
    numbers.set(`${decimals} ${least}`, made)
    return made
  }
  const number = (value: number, decimals = 0, fixed = true): string =>
    numberFormat(decimals, fixed ? decimals : 0).format(
      Object.is(Math.round(value * 10 ** decimals), -0) ? 0 : value,
    )

  const sameYear = (ms: number, nowMs: number): boolean =>
    dayKey.format(ms).slice(0, 4) === dayKey.format(nowMs).slice(0, 4)

  /** The time alone where it is today, else to the minute with its date; with the year where it is another one than now. */
  const on = (time: Intl.DateTimeFormat, ms: number, nowMs: number): string =>
    dayKey.format(ms) === dayKey.format(nowMs)
      ? time.format(ms)
      : `${(sameYear(ms, nowMs) ? date : dateOfYear).format(ms)} ${clock.format(ms)}`

  const length = (ms: number): string => {
    if (ms < 10 * secondMs) return `${number(ms / secondMs, 1)} s`
    if (ms < 2 * minuteMs) return `${Math.floor(ms / secondMs)} s`
    if (ms < 2 * hourMs) return `${Math.floor(ms / minuteMs)} min`
    return ms < 2 * dayMs ? `${Math.floor(ms / hourMs)} h` : days.format(Math.floor(ms / dayMs))
  }

  return {
    language,
    number,
    /** A value with the decimals that its usual range calls for. */
    value: (value: number, usual?: Spread): string => number(value, decimalsFor(value, usual)),
    /** `24–56`, without idle zeros. */
    span: (usual: Spread): string => {
      const decimals = decimalsFor(usual.min, usual)
      return `${number(usual.min, decimals, false)}–${number(usual.max, decimals, false)}`
    },
    /** `24`: one end of a range. */
    end: (value: number, usual: Spread): string => number(value, decimalsFor(usual.min, usual), false),
    /** 0..1 as `82 %`. */
    percent: (fraction: number): string => `${number(fraction * 100)}\u00a0%`,
    /** A measured time: `0.42 ms`, `3.8 ms`, `42 ms`, `1.9 s`. */
    ms: (ms: number): string => {
      if (ms >= secondMs) return `${number(ms / secondMs, 1, false)}\u00a0s`
      return `${number(ms, ms < 1 ? 2 : ms < 10 ? 1 : 0, false)}\u00a0ms`
    },
    /** Binary multiples, as systems count them: `12 KB`, `4.2 MB`, `37 MB`, `9.4 GB`. */
    bytes: (bytes: number): string => {
      const [gb, mb] = [bytes / 1024 ** 3, bytes / 1024 ** 2]
      if (gb >= 1) return `${number(gb, gb < 100 ? 1 : 0)}\u00a0GB`
      return mb >= 1 ? `${number(mb, mb < 10 ? 1 : 0)}\u00a0MB` : `${number(bytes / 1024)}\u00a0KB`
    },
    time: (ms: number): string => clock.format(ms),
    timeS: (ms: number): string => clockS.format(ms),
    weekday: (ms: number): string => weekday.format(ms).replace(',', ''),
    /** `3 March`, with the year where it is another one than now. */
    date: (ms: number, nowMs: number): string => (sameYear(ms, nowMs) ? dateLong : dateYear).format(ms),
    dateTime: (ms: number): string => `${date.format(ms)} ${clock.format(ms)}`,
    /** To the second today. */
    whenS: (ms: number, nowMs: number): string => on(clockS, ms, nowMs),
    when: (ms: number, nowMs: number): string => on(clock, ms, nowMs),
    /** `0.8 s`, `42 s`, `12 min`, `3 h`, `2 days`; nothing is younger than 0. */
    age: (ms: number): string => length(Math.max(0, ms)),
    /** `12:05`, `3 h 27`, `4 days` until, or since where it is past due. */
    left: (ms: number): Left => {
      const overdue = ms < 0
      const whole = overdue ? -ms : ms
      const seconds = Math.floor(whole / secondMs)
      const pad = (n: number): string => String(n).padStart(2, '0')
      if (whole >= 2 * dayMs) return { text: days.format(Math.floor(whole / dayMs)), overdue }
      if (whole >= hourMs)
        return { text: `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60) % 60)}`, overdue }
      return { text: `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`, overdue }
    },
    /** Mill 2 before Mill 10. */
    compare: collator.compare,
    list: (parts: string[]): string => list.format(parts),
  }
}
