import type { TFunction } from 'i18next'
import type { LiveReading } from '#core/contracts/api.ts'
import type { Said } from '#core/contracts/decision.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { say } from '#core/contracts/text.ts'
import type { Format } from '../../ui/format.ts'
import { chance, valueWords } from './value-words.ts'
import { riskTitle } from './watched.ts'

/** One line of what the model said. */
export interface Answer {
  key: string
  /** The class, of a probability. */
  name?: string
  title: string
  words: string
  /** 0..1, of a probability. */
  share?: number
  /** What else is to be said of it, in a few words. */
  note?: string
}

/** Classes of one output that are listed; the likeliest come first. */
const mostClasses = 4

/** What the model said to a reading, output by output; nothing where it gave no answer. */
export function answers(
  reading: LiveReading,
  outputs: readonly OutputTensor[],
  format: Format,
  t: TFunction,
): Answer[] {
  if (!isAnswered(reading)) return []
  return outputs.flatMap((output, k) => {
    const said = k === 0 ? reading : reading.outputs?.[output.name]
    return said ? ofOutput(output, said, outputs.length > 1, format, t) : []
  })
}

export function isAnswered({ verdict }: Pick<LiveReading, 'verdict'>): boolean {
  return verdict === 'alert' || verdict === 'normal'
}

/** What cannot be seen from a trend of one number: a bare label, several values, several outputs. */
export function isManifold(outputs: readonly OutputTensor[]): boolean {
  const [first] = outputs
  return outputs.length > 1 || first?.activation === 'label' || first?.targets !== undefined
}

function ofOutput(
  output: OutputTensor,
  said: Said,
  several: boolean,
  format: Format,
  t: TFunction,
): Answer[] {
  const title = say(output.title, format.language)
  const key = output.name
  if (said.label !== undefined) return [{ key, title, words: said.label, note: t('said.labelOnly') }]
  if (output.kind === 'regression') {
    const { interval } = output
    const words = valueWords(
      { unit: output.unit, width: interval && interval.upper - interval.lower },
      format,
      t,
    )
    const targets = Object.entries(said.targets ?? {})
    if (targets.length > 0)
      return targets.map(([name, value]) => ({
        key: `${key}/${name}`,
        title: several ? `${title}: ${name}` : name,
        words: words.value(value),
      }))
    if (said.value === undefined) return []
    const note = said.interval && words.short(said.interval)
    return [{ key, title, words: words.value(said.value), ...(note !== undefined && { note }) }]
  }
  const classes = classesOf(output, said)
  const listed = classes.slice(0, mostClasses).map(([name, share]): Answer => {
    const own = riskTitle({ output, name }, format.language)
    const named = several && own === name ? `${title}: ${name}` : own
    return { key: `${key}/${name}`, name, title: named, words: chance(share, format), share }
  })
  const count = classes.length - listed.length
  return count > 0 ? [...listed, { key: `${key}/more`, title: t('said.more', { count }), words: '' }] : listed
}

/** Of two classes the one that is asked for: the other is what is left. */
function classesOf(output: OutputTensor, { probability, classes }: Said): [string, number][] {
  if (output.kind === 'binary') {
    const name = output.positive ?? ''
    const p = classes?.[name] ?? probability
    return p === undefined ? [] : [[name, p]]
  }
  return output.classes
    .flatMap((name): [string, number][] => {
      const p = classes?.[name]
      return p === undefined ? [] : [[name, p]]
    })
    .sort((a, b) => b[1] - a[1])
}
