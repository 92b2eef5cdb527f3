import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { useServerNow } from '../client/context.ts'
import { metricText } from '../versions/figures.ts'
import { useFormat } from '../words.ts'
import { Figures } from './Figures.tsx'

/** The figures that fired a guardrail, what it did, and who answers for it. */
export function GuardrailWhy({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const { guardrail } = alert
  if (!guardrail) return null
  const { metric, value, limit, n, from, to, action, decidedBy } = guardrail
  const at = (iso: string) => format.whenS(Date.parse(iso), nowMs)
  const rows = [
    [t('alert.measured'), `${metricText(metric, value, format)}, n = ${format.number(n)}`],
    [t('guardrails.limit'), metricText(metric, limit, format)],
    [t('alert.window'), t('alert.fromTo', { from: at(from), to: at(to) })],
    [t('guardrails.then'), t(`guardrails.actions.${action}`)],
    [
      t('guardrails.decides'),
      decidedBy.contact ? `${decidedBy.name} (${decidedBy.contact})` : decidedBy.name,
    ],
  ] as const
  return (
    <section className="panel">
      <h2>{t('alert.why')}</h2>
      <Figures rows={rows} />
      <Link className="btn" to="/models">
        {t('screens.models')}
      </Link>
    </section>
  )
}
