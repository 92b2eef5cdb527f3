import type { Fleet, Verified } from './cycles.ts'

export interface Soaked {
  /** What must not be, with the cycle in which it was found; the first such verification ends it. */
  wrong: string[]
  /** In words. */
  figures: string[]
}

/** So many cycles; every `each` of them everything is held against what was written. Ends at the first that is wrong. */
export async function soak(fleet: Fleet, cycles: number, each: number): Promise<Soaked> {
  const startedAtMs = Date.now()
  let newest: Verified[] = []
  for (let k = 1; k <= cycles; k++) {
    await fleet.cycle()
    if (k % each !== 0 && k !== cycles) continue
    newest = await fleet.verify()
    const wrong = newest.flatMap(problemsOf)
    if (wrong.length > 0)
      return { wrong: [`after ${k} cycles`, ...wrong], figures: figuresOf(fleet, newest, k, startedAtMs) }
  }
  return { wrong: [], figures: figuresOf(fleet, newest, cycles, startedAtMs) }
}

function problemsOf({ missing, wrong, gone, over, findings, kinds }: Verified): string[] {
  const says = (kind: string) => findings.some((one) => one.kind === kind)
  return [
    ...wrong,
    ...missing.map((place) => `${place} never arrived`),
    ...findings
      .filter(({ kind }) => kind !== 'restored')
      .map(({ kind, words }) => `a finding that nothing gave cause to: ${kind}, ${words}`),
    // What a restored copy took away is told: what central still has as a finding, and that there was a copy in the record.
    ...(over > 0 && !says('restored')
      ? [`${over} blocks are here and not there, and no finding says so`]
      : []),
    ...(gone.length > 0 && !kinds.has('journal-restored')
      ? [`${gone.length} blocks are gone, and nothing says why`]
      : []),
  ]
}

function figuresOf(
  fleet: Fleet,
  verified: readonly Verified[],
  cycles: number,
  startedAtMs: number,
): string[] {
  const s = (Date.now() - startedAtMs) / 1000
  const list = (counts: object) =>
    Object.entries(counts)
      .map(([what, n]) => `${what} ${n}`)
      .join(', ')
  const sum = (of: (one: Verified) => number) => verified.reduce((all, one) => all + of(one), 0)
  return [
    `${cycles} cycles in ${s.toFixed(0)} s: ${list(fleet.acts)}`,
    `requests on the line: ${list(fleet.line.count)}`,
    `rows at central: ${sum(({ rows }) => rows)} (${sum(({ events }) => events)} events); acknowledged and missing: ${sum(({ missing }) => missing.length)}; twice, out of order or other than written: ${sum(({ wrong }) => wrong.length)}`,
    `kept at central and no longer on the machine, after copies were put back: ${sum(({ over }) => over)} blocks; on neither: ${sum(({ gone }) => gone.length)}; findings: ${sum(({ findings }) => findings.length)}`,
    `requests of clients that were told "kept": ${fleet.machines.reduce((all, { kept }) => all + kept.size, 0)}; swaps: ${fleet.machines.reduce((all, { swaps }) => all + swaps, 0)}`,
  ]
}
