import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { useModel } from '../client/queries.ts'
import { useFormat } from '../words.ts'
import { chance, valueWords } from './value-words.ts'
import { type Kind, riskTitle, watchedBy } from './watched.ts'

/** What the model said when it raised an alert, in words. */
export interface Claim {
  kind: Kind
  /** `Remaining life`, `pneumonia`. */
  title: string
  /** `8 cycles`, `87 %`; a label has none. */
  figure: string
  /** `90 of 100 like this lie between 0 and 27` */
  between: string | undefined
}

/** undefined until the model is known, and where fallback rules raised the alert: they give no figure. A model that is gone leaves what the alert itself says. */
export function useClaim(alert: Alert): Claim | undefined {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const model = useModel(alert.model.id)
  const { score } = alert
  if (model.isPending || score === null) return undefined
  const { kind, output, name } = watchedBy(alert, model.data?.manifest)
  const title = output ? say(output.title, i18n.language) : t('alert.predicted')
  if (kind !== 'value')
    return {
      kind,
      title: kind === 'risk' ? riskTitle({ output, name }, i18n.language) : (name ?? title),
      figure: kind === 'risk' ? chance(score, format) : '',
      between: undefined,
    }
  const { interval } = alert
  const usual = output?.interval
  const width = usual ? usual.upper - usual.lower : interval && interval.high - interval.low
  const words = valueWords({ unit: output?.unit, width }, format, t)
  return {
    kind,
    title: name === undefined ? title : `${title}: ${name}`,
    figure: words.value(score),
    between: interval && words.between(interval),
  }
}
