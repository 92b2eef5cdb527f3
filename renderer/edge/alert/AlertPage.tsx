import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Failure } from '../../ui/client/failure.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useStaleAfter } from '../client/context.ts'
import { useAlert } from '../client/queries.ts'
import { alertTitle } from '../words.ts'
import { isAboutModel, isNotice } from './about.ts'
import { Feedback } from './Feedback.tsx'
import { GuardrailWhy } from './GuardrailWhy.tsx'
import { Head } from './Head.tsx'
import { ImagePanel } from './ImagePanel.tsx'
import { NoticeWhy } from './NoticeWhy.tsx'
import { RiskTrend } from './RiskTrend.tsx'
import { Similar } from './Similar.tsx'
import { Todo } from './Todo.tsx'
import { Why } from './Why.tsx'
import './alert.css'

/** Is it real, and what do I do? */
export function AlertPage() {
  const { id } = useParams({ from: '/alerts/$id' })
  const { t } = useTranslation()
  const alert = useAlert(id)
  if (alert.data) return <Loaded key={id} alert={alert.data} />
  const unknown = alert.error instanceof Failure && alert.error.status === 404
  return (
    <section className="panel notice">
      <h1 className="say" tabIndex={-1}>
        {unknown ? t('alert.unknown') : t('screens.alert')}
      </h1>
      {!unknown && <Pending error={alert.error} retry={() => void alert.refetch()} />}
      <Link className="btn" to="/">
        {t('button.toNow')}
      </Link>
    </section>
  )
}

function Loaded({ alert }: { alert: Alert }) {
  const { i18n } = useTranslation()
  const staleAfter = useStaleAfter()
  useTitle(alertTitle(alert, i18n.language))
  const trend = { alert, staleAfterMs: staleAfter(alert.model.id) }
  const hasImage = (alert.images ?? []).length > 0
  return (
    <div className="alert-screen">
      <Head alert={alert} />
      <div className="cols">
        <div>
          {alert.guardrail ? (
            <GuardrailWhy alert={alert} />
          ) : isNotice(alert) ? (
            <NoticeWhy alert={alert} />
          ) : hasImage ? (
            <ImagePanel alert={alert}>
              <RiskTrend {...trend} small />
            </ImagePanel>
          ) : (
            <RiskTrend {...trend} />
          )}
          {!isAboutModel(alert) && (!hasImage || alert.contributions.length > 0) && <Why alert={alert} />}
          {!isNotice(alert) && <Feedback alert={alert} />}
        </div>
        <div>
          <Todo alert={alert} />
          <Similar alert={alert} />
        </div>
      </div>
    </div>
  )
}
