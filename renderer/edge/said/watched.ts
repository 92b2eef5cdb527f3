import type { TFunction } from 'i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import type { DecisionInterval, Said } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { intervalAround, type OutputTensor } from '#core/contracts/output-tensor.ts'
import { say } from '#core/contracts/text.ts'
import type { Format } from '../../ui/format.ts'
import { displayUnit } from '../../ui/units.ts'

/** risk: a probability, shown in percent. label: named or not, and nothing says how sure. value: in its own unit. */
export type Kind = 'risk' | 'label' | 'value'

/** One number that the model says: of an output its single value, or one of its classes or targets. */
export interface Watched {
  kind: Kind
  /** Unknown until the model's manifest is here, or where the model is gone. */
  output: OutputTensor | undefined
  name: string | undefined
  /** Its name for `GET …/trend`. */
  series: string
  read: (reading: LiveReading) => number | undefined
  around: (value: number) => DecisionInterval | undefined
}

export function watched(manifest: Manifest | undefined, outputName?: string, name?: string): Watched {
  const first = manifest?.outputs[0]
  const output = outputName === undefined ? first : manifest?.outputs.find((o) => o.name === outputName)
  const further = outputName !== undefined && outputName !== first?.name
  const kind = kindOf(output, name)
  return {
    kind,
    output,
    name,
    series: `output:${further ? `${outputName}/` : ''}${name ?? 'value'}`,
    read: (reading) => scoreOf(further ? reading.outputs?.[outputName] : reading, kind, output, name),
    around: (value) => (output && name === undefined ? intervalAround(value, output) : undefined),
  }
}

/** What an alert's rule watches. */
export function watchedBy(alert: Pick<Alert, 'output' | 'class'>, manifest: Manifest | undefined): Watched {
  return watched(manifest, alert.output, alert.class)
}

function kindOf(output: OutputTensor | undefined, name: string | undefined): Kind {
  if (output?.activation === 'label') return 'label'
  return (output ? output.kind === 'regression' : name === undefined) ? 'value' : 'risk'
}

function scoreOf(
  said: Said | undefined,
  kind: Kind,
  output: OutputTensor | undefined,
  name: string | undefined,
): number | undefined {
  if (!said) return undefined
  if (kind === 'value') return name === undefined ? said.value : said.targets?.[name]
  if (kind === 'label') return said.label === undefined ? undefined : Number(said.label === name)
  const own = said.classes?.[name ?? '']
  if (own !== undefined || output?.kind !== 'binary' || said.probability === undefined) return own
  return name === output.positive ? said.probability : 1 - said.probability
}

/**
 * What a probability is of: the class by its name; of an output with two classes by the title that its author wrote,
 * with the class where no language of the title names it.
 */
export function riskTitle({ output, name }: Pick<Watched, 'output' | 'name'>, language: string): string {
  if (name === undefined || output?.kind !== 'binary' || name !== output.positive) return name ?? ''
  const title = say(output.title, language)
  const titles = typeof output.title === 'string' ? [output.title] : Object.values(output.title)
  const isNamed = titles.some((each) => each.toLowerCase().includes(name.toLowerCase()))
  return isNamed ? title : `${title}: ${name}`
}

/** `Remaining life, in cycles`. */
export function valueTitle({ output, name }: Watched, format: Format, t: TFunction): string {
  const title = output ? say(output.title, format.language) : t('alert.predicted')
  const what = name === undefined ? title : `${title}: ${name}`
  const unit = displayUnit(output?.unit, format.language)
  return unit ? t('said.titleUnit', { title: what, unit }) : what
}
