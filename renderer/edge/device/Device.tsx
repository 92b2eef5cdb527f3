import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useStatus } from '../client/context.ts'
import { Clock } from './Around.tsx'
import { Fleet } from './Fleet.tsx'
import { MachineFacts } from './MachineFacts.tsx'
import { Processes } from './Processes.tsx'
import { ProvidersInUse } from './ProvidersInUse.tsx'
import { RecordCheck } from './RecordCheck.tsx'
import { WayBack } from './WayBack.tsx'
import '../shelve/shelve.css'
import '../versions/versions.css'
import '../versions/ask.css'
import '../versions/figures.css'
import './device.css'

/** The machine and everything of Edgewright that runs on it. */
export function Device() {
  const { t } = useTranslation()
  const status = useStatus()
  useTitle(t('screens.device'))
  return status ? <Facts status={status} /> : null
}

function Facts({ status }: { status: Status }) {
  const { t } = useTranslation()
  return (
    <div className="device-screen">
      <div className="model-head">
        <h1 tabIndex={-1}>{status.machine}</h1>
        <p className="muted">{t('device.version', { version: status.version })}</p>
      </div>
      {status.models.map((model) => (
        <WayBack key={model.id} model={model} />
      ))}
      <div className="device-grid">
        <div className="device-main">
          <Processes status={status} />
          <ProvidersInUse models={status.models} />
          <Fleet />
          <div className="device-row">
            <Clock />
            <RecordCheck />
          </div>
        </div>
        <div className="device-side">
          <MachineFacts />
        </div>
      </div>
    </div>
  )
}
