import type { Bench, Figure } from './figures.ts'

/** 12345.6 → '12,346', 0.01234 → '0.0123': what means something. */
export function shown(x: number): string {
  if (!Number.isFinite(x)) return 'not measured'
  const size = Math.abs(x)
  if (size >= 1000) return Math.round(x).toLocaleString('en')
  return size >= 10 ? x.toFixed(1) : size >= 1 ? x.toFixed(2) : x.toPrecision(3)
}

const headings = ['', 'median', 'unit', 'min to max', 'beside its reference', 'goal']

function cells({ name, unit, median, min, max, repetitions, ratio, goal, note }: Figure): string[] {
  return [
    note === undefined ? name : `${name} (${note})`,
    shown(median),
    unit,
    repetitions > 1 ? `${shown(min)} to ${shown(max)}` : '',
    ratio ? `${shown(ratio.value)} × ${ratio.of}` : '',
    goal ? `${goal.text}: ${goal.reached ? 'reached' : 'not reached'}` : '',
  ]
}

/** Figures taken beside other work are no figures of this machine. */
const disturbed = (cores = 0): string[] =>
  cores > 0.1 ? [`Disturbed: other programs kept ${cores} cores busy meanwhile.`] : []

/** A bench as text for people. */
export function table({ name, title, how, figures, othersCores }: Bench): string {
  const rows = [headings, ...figures.map(cells)]
  const widths = headings.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const right = new Set([1, 3])
  const line = (row: string[]) =>
    row
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [
    `${name}: ${title}`,
    ...how.map((text) => `  ${text}`),
    ...disturbed(othersCores).map((text) => `  ${text}`),
    '',
    ...rows.map(line),
    '',
  ].join('\n')
}

/** The same as a Markdown table, for docs/benchmarks.md. */
export function markdown({ title, how, figures, othersCores }: Bench): string {
  const line = (row: string[]) => `| ${row.join(' | ')} |`
  const rows = figures.map((figure) => line(cells(figure)))
  return [
    `## ${title}`,
    '',
    [...how, ...disturbed(othersCores)].join(' '),
    '',
    line(headings),
    line(['---', '--:', '---', '--:', '---', '---']),
    ...rows,
    '',
  ].join('\n')
}
