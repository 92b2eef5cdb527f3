import type { Comparison } from '#core/contracts/comparison.ts'
import { decisiveEvidence, fewestDays, fewestLabels, judge } from '#core/statistics/champion.ts'
import type { LabelCounts } from './labels.ts'

export interface VerdictParts {
  mode: Comparison['mode']
  champion: string
  challenger: string
  counts: LabelCounts
  /** Alarms of the challenger's during which the champion said nothing. */
  alone: number
  days: number
}

/** The sequential verdict, with what decided it or what is missing in one or a few sentences. */
export function verdictOf(parts: VerdictParts): Comparison['verdict'] {
  const { wins, losses, bothReal, bothFalse } = parts.counts
  const labels = wins + losses + bothReal + bothFalse
  const judged = judge({ wins, losses, labels, days: parts.days })
  const days = Math.floor(parts.days * 100) / 100
  const verdict = { ...judged, wins, losses, labels, days }
  const reason = parts.mode === 'canary' ? canary : reasonOf(parts, verdict)
  return { ...verdict, reason }
}

const canary =
  'Not decided: in a canary each reading is answered by one version only, so no label says which of the two was right. Compare alert rate, latency and feedback, or run the version in shadow.'

function reasonOf(parts: VerdictParts, verdict: Omit<Comparison['verdict'], 'reason'>): string {
  const { champion, challenger } = parts
  const { state, e, eChampion, wins, losses, labels, days } = verdict
  const apart = counted(wins + losses, 'answered alert')
  const base = `of ${apart} about which the two disagree, ${challenger} was right in ${wins} and ${champion} in ${losses}`
  if (state === 'undecided') return [missing(parts, verdict), ...caveats(parts)].join(' ')
  const evidence = figure(state === 'promote' ? e : eChampion)
  const figures = `evidence ${evidence}, ${decisiveEvidence} decides; ${counted(labels, 'label')} in ${days} days`
  const better = state === 'promote' ? `${challenger} is better` : `${champion} is better and should stay`
  return [`${better}: ${base} (${figures}).`, ...caveats(parts)].join(' ')
}

function missing(
  { champion, challenger }: VerdictParts,
  { e, eChampion, labels, days }: Omit<Comparison['verdict'], 'reason'>,
): string {
  if (labels === 0) return `Not decided: nobody has answered an alert of ${champion} yet.`
  const lacks = [
    labels < fewestLabels && `${labels} of ${fewestLabels} labels`,
    days < fewestDays && `${days} of ${fewestDays} days`,
    Math.max(e, eChampion) < decisiveEvidence &&
      `evidence ${figure(e)} for ${challenger} and ${figure(eChampion)} for ${champion}, where ${decisiveEvidence} decides`,
  ].filter((lack) => lack !== false)
  return `Not decided: ${lacks.join('; ')}.`
}

/** What a reader must know before they believe the figures. */
function caveats({ champion, challenger, counts, alone }: VerdictParts): string[] {
  const { wins, losses, bothReal, bothFalse, unknown } = counts
  const labels = wins + losses + bothReal + bothFalse
  const said: string[] = []
  if (labels > 0) said.push(`Only alerts that ${champion} raised and people answered are labelled.`)
  if (alone > 0) said.push(`${challenger} alone would have raised ${alone} more, which nobody has judged.`)
  if (labels >= fewestLabels && bothReal + bothFalse === 0)
    said.push(
      `${challenger} was silent at every one of them, so whether it would find a real one is not known.`,
    )
  if (unknown > 0)
    said.push(
      `${counted(unknown, 'answered alert')} could not be counted: ${challenger} had not seen or not answered all readings of that machine.`,
    )
  return said
}

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`
const figure = (e: number) => (e >= 1000 ? e.toExponential(1) : String(Number(e.toPrecision(2))))
