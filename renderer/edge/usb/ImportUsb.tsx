import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useImportState } from '../client/updates.ts'
import { Choose } from './Choose.tsx'
import { Reading } from './Reading.tsx'
import { Result } from './Result.tsx'
import { Summary } from './Summary.tsx'
import { Trusted } from './Trusted.tsx'
import '../versions/versions.css'
import '../versions/ask.css'
import '../swap/swap.css'
import './usb.css'

/** From a stick to the versions that run: what it holds is read, told, confirmed, and done. */
export function ImportUsb() {
  const { t } = useTranslation()
  const [done, setDone] = useState<{ summary: ImportSummary; imported: Imported } | null>(null)
  const state = useImportState()
  const now = state.data
  useTitle(t('usb.title'))
  return (
    <div className="usb-screen">
      <div className="model-head">
        <h1 tabIndex={-1}>{t('usb.title')}</h1>
        <p className="muted">{t('usb.lead')}</p>
      </div>
      <div className="usb-grid">
        <div>
          {!now ? (
            <Pending error={state.error} retry={() => void state.refetch()} />
          ) : now.state === 'reading' ? (
            <Reading of={now} />
          ) : now.state !== 'none' ? (
            <Summary
              key={now.summary.id}
              summary={now.summary}
              applying={now.state === 'applying'}
              onDone={(imported) => setDone({ summary: now.summary, imported })}
            />
          ) : done ? (
            <Result {...done} onAgain={() => setDone(null)} />
          ) : (
            <Choose />
          )}
        </div>
        <Trusted />
      </div>
    </div>
  )
}
