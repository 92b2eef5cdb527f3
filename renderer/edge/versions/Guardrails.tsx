import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Guardrail, GuardrailStatus } from '#core/contracts/guardrail.ts'
import { say } from '#core/contracts/text.ts'
import { Button } from '../../ui/Button.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useServerNow } from '../client/context.ts'
import { useRehearsal } from '../client/deploy.ts'
import { useModel } from '../client/queries.ts'
import { useFormat } from '../words.ts'
import { limitText, metricText } from './figures.ts'

const days = 7

/** Conditions that act by themselves: where each stands, its limit, what it does, and who answers for it. */
export function Guardrails({ model }: { model: ModelSummary }) {
  const { t } = useTranslation()
  const words = useFailureWords()
  const format = useFormat()
  const { data: detail } = useModel(model.id)
  const rehearse = useRehearsal(model.id, days)
  const written = new Map(detail?.manifest.guardrails?.map((each) => [each.id, each]))
  if (model.guardrails.length === 0)
    return (
      <section className="guardrails">
        <h2>{t('guardrails.title')}</h2>
        <p className="muted">{t('guardrails.none')}</p>
      </section>
    )
  const fired = new Map(rehearse.data?.guardrails.map((each) => [each.id, each.times]))
  return (
    <section className="guardrails">
      <header>
        <h2>{t('guardrails.title')}</h2>
        <p className="note" role="status">
          {rehearse.data &&
            t('guardrails.rehearsed', {
              count: rehearse.data.readings,
              n: format.number(rehearse.data.readings),
              days,
            })}
        </p>
        <Button busy={rehearse.isPending} onPress={() => rehearse.mutate()}>
          {t(rehearse.isPending ? 'guardrails.busy' : 'guardrails.rehearse', { days })}
        </Button>
      </header>
      {rehearse.error && (
        <p className="trouble" role="alert">
          {words(rehearse.error)}
        </p>
      )}
      {rehearse.data && rehearse.data.text !== '' && (
        <p className="note" lang="en">
          {rehearse.data.text}
        </p>
      )}
      <div className="wide-table">
        <table aria-label={t('guardrails.title')}>
          <thead>
            <tr>
              <th>{t('guardrails.condition')}</th>
              <th>{t('guardrails.state')}</th>
              <th>{t('guardrails.value')}</th>
              <th>{t('guardrails.limit')}</th>
              <th>{t('guardrails.then')}</th>
              <th>{t('guardrails.decides')}</th>
              <th>{t('guardrails.wouldHave')}</th>
            </tr>
          </thead>
          <tbody>
            {model.guardrails.map((status) => (
              <Row
                key={status.id}
                status={status}
                written={written.get(status.id)}
                firings={fired.get(status.id)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface RowProps {
  status: GuardrailStatus
  written: Guardrail | undefined
  firings: number | undefined
}

function Row({ status, written, firings }: RowProps) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(10_000)
  const { title, state, value, n, since, action } = status
  const length = (seconds: number) => format.age(seconds * 1000)
  return (
    <tr className={state === 'quiet' ? undefined : 'strong'}>
      <th scope="row">{say(title, i18n.language)}</th>
      <td>
        {t(`guardrails.states.${state}`)}
        {since !== undefined && state !== 'quiet' && (
          <span className="note">
            {' '}
            {t('guardrails.since', { time: format.when(Date.parse(since), nowMs) })}
          </span>
        )}
      </td>
      <td>
        {value === null || !written ? (
          <span className="hatched">{t('guardrails.tooLittle', { n })}</span>
        ) : (
          <>
            {metricText(written.when.metric, value, format)}{' '}
            <span className="note">n = {format.number(n)}</span>
          </>
        )}
      </td>
      <td>
        {written && (
          <>
            {limitText(written, format)}{' '}
            <span className="note">{t('guardrails.over', { window: length(written.when.overS) })}</span>
          </>
        )}
      </td>
      <td>{t(`guardrails.actions.${action}`)}</td>
      <td>{written?.decidedBy.name}</td>
      <td>
        {firings === undefined ? <span className="muted">–</span> : t('guardrails.fired', { count: firings })}
      </td>
    </tr>
  )
}
