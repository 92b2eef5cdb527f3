import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { isAboutModel } from '../alert/about.ts'
import { byUrgency } from '../alert/order.ts'
import { useStatus } from '../client/context.ts'
import { useActiveAlerts } from '../client/queries.ts'
import { AlertList } from './AlertList.tsx'
import { Empty } from './Empty.tsx'
import { LivePanel } from './LivePanel.tsx'
import { ModelState } from './ModelState.tsx'
import { NoModel } from './NoModel.tsx'
import './now.css'
import './card.css'
import './live.css'
import './flood.css'

/** What needs a hand first, by priority, then age. */
export function Now() {
  const { t } = useTranslation()
  const status = useStatus()
  const alerts = useActiveAlerts()
  const [lookedAt, setLookedAt] = useState<string>()
  useTitle(t('screens.now'))
  if (!status) return null
  const list = alerts.data
  const looked = list?.find(({ id }) => id === lookedAt) ?? (list && [...list].sort(byUrgency)[0])
  const bare = status.models.length === 0
  return (
    <div className="now-screen">
      <h1 className="sr" tabIndex={-1}>
        {t('screens.now')}
      </h1>
      {!bare && <ModelState status={status} />}
      {!list ? (
        <Pending error={alerts.error} retry={() => void alerts.refetch()} />
      ) : list.length > 0 ? (
        <AlertList alerts={list} onLook={setLookedAt} />
      ) : bare ? (
        <NoModel />
      ) : (
        <Empty status={status} />
      )}
      {!bare && list && <LivePanel alert={looked && isAboutModel(looked) ? undefined : looked} />}
    </div>
  )
}
