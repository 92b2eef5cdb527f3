import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider, ProviderTrial } from '#core/contracts/hardware.ts'
import { titleOf } from '../inference/providers.ts'

/** A trial before it is compared with the others. */
export interface Outcome extends Omit<ProviderTrial, 'result'> {
  outcome: 'measured' | 'wrong' | 'failed' | 'absent' | 'not-allowed'
}

export interface Choice {
  chosen: Provider
  /** One sentence. */
  reason: string
  trials: ProviderTrial[]
}

/** Another provider must gain more than what two measurements of the same differ by. */
const leastGain = 0.1

/**
 * The fastest of those that answer rightly and took their part of the graph, measured at the batch in use, within the budget of one
 * row; where none is within it, the fastest of all of them. The CPU wins where another gains less than a tenth.
 * @throws EdgewrightError package-refused where the package allows only what cannot run here
 */
export function chooseProvider(outcomes: readonly Outcome[], budgetMs: number | undefined): Choice {
  const right = outcomes.filter((trial) => trial.outcome === 'measured' && trial.latency && ranOn(trial))
  const within = right.filter(({ latency }) => budgetMs === undefined || latency!.oneMs <= budgetMs)
  const best = fastest(within.length > 0 ? within : right)
  if (!best)
    throw new EdgewrightError(
      'package-refused',
      `no provider that the package allows can run it on this machine: ${outcomes.map((trial) => `${titleOf[trial.provider]}: ${trial.reason}`).join('; ')}`,
    )
  const cpu = right.find(({ provider }) => provider === 'cpu')
  const trials = outcomes.map((trial): ProviderTrial => {
    const { outcome, ...rest } = trial
    if (trial === best) return { ...rest, result: 'chosen' }
    if (outcome !== 'measured') return { ...rest, result: outcome }
    const over = budgetMs !== undefined && within.length > 0 && !within.includes(trial)
    const result = fellBack(trial) ? 'fell-back' : over ? 'over-budget' : 'slower'
    return { ...rest, result, reason: capital(`${lost(trial, best, over ? budgetMs : undefined)}.`) }
  })
  const title = titleOf[best.provider]
  const said = ({ provider, result }: ProviderTrial) =>
    !['chosen', 'absent', 'not-allowed'].includes(result) && !(provider === 'cpu' && result === 'slower')
  const why = trials.filter(said).map(({ reason }) => reason.replace(/\.$/, ''))
  if (best !== cpu && cpu && quicker(best, cpu))
    why.unshift(`${title} answers as the CPU does and is ${times(cpu, best)} faster`)
  if (why.length === 0) {
    const the = best === cpu ? 'the CPU' : title
    const barred = outcomes.some(({ outcome }) => outcome === 'not-allowed')
    why.push(barred ? `The package allows ${the} only` : `Only ${the} can run it here`)
  }
  const missed =
    within.length === 0 && budgetMs !== undefined
      ? `, though one row takes ${ms(best.latency!.oneMs)} and ${ms(budgetMs)} are allowed`
      : ''
  const reason = capital(`${why.map(lower).join('; ')}: ${title} chosen${missed}.`)
  return {
    chosen: best.provider,
    reason,
    trials: trials.map((trial) => (trial.result === 'chosen' ? { ...trial, reason } : trial)),
  }
}

function fastest(trials: readonly Outcome[]): Outcome | undefined {
  const cpu = trials.find(({ provider }) => provider === 'cpu')
  const quickest = trials.toSorted((a, b) => a.latency!.batchMs - b.latency!.batchMs)[0]
  if (!cpu || !quickest) return quickest
  return quicker(quickest, cpu) ? quickest : cpu
}

const quicker = (a: Outcome, b: Outcome): boolean => a.latency!.batchMs < (1 - leastGain) * b.latency!.batchMs

/** The profile must show that the provider executed something: listed and loaded is not proved. */
const ranOn = ({ provider, nodes }: Outcome): boolean => provider === 'cpu' || (nodes?.[provider] ?? 0) > 0
const nodesOf = ({ nodes }: Outcome): number => Object.values(nodes ?? {}).reduce((a, b) => a + b, 0)
/** At least half of it. Single nodes are left to the CPU by design: shapes, and what moves memory. */
const fellBack = (trial: Outcome): boolean =>
  trial.provider !== 'cpu' && (!ranOn(trial) || 2 * (trial.nodes?.['cpu'] ?? 0) >= nodesOf(trial))

/** Why a provider that answered rightly was not chosen. */
function lost(trial: Outcome, best: Outcome, budgetMs: number | undefined): string {
  const title = trial.provider === 'cpu' ? 'the CPU' : titleOf[trial.provider]
  const { provider, nodes } = trial
  if (!nodes && provider !== 'cpu') return `what ran on ${title} could not be proved`
  const all = nodesOf(trial)
  if (!ranOn(trial)) return `${title} ran none of its ${all} nodes: all of it fell back to the CPU`
  const share = fellBack(trial) ? `, with ${nodes!['cpu']} of ${all} nodes on the CPU,` : ''
  if (budgetMs !== undefined)
    return `${title} takes ${ms(trial.latency!.oneMs)} for a row${share} where ${ms(budgetMs)} are allowed`
  const than = best.provider === 'cpu' ? 'the CPU' : titleOf[best.provider]
  if (!quicker(best, trial)) return `${title} works here${share} and gains nothing over ${than}`
  return `${title} works here${share} but is ${times(trial, best)} slower than ${than}`
}

const times = (slow: Outcome, quick: Outcome): string => {
  const ratio = slow.latency!.batchMs / quick.latency!.batchMs
  return `${ratio < 10 ? ratio.toFixed(1) : Number(ratio.toPrecision(2))} times`
}
const ms = (value: number): string => `${Number(value.toPrecision(2))} ms`
const lower = (text: string): string => text.replace(/^(?:The|What|Only) /, (word) => word.toLowerCase())
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
