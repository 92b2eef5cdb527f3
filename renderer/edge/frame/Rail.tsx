import { Link, useRouterState } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import { Settings } from '../../ui/frame/Settings.tsx'
import { useFormat } from '../words.ts'

/** The screens there are, and at its foot what holds for this machine and this browser. */
export function Rail({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  // An alert is a closer look at what stands on Now.
  const within = useRouterState({ select: ({ location }) => location.pathname.startsWith('/alerts/') })
  return (
    <div className="rail">
      <nav aria-label={t('screens.landmark')}>
        <Link to="/" activeOptions={{ exact: true }} aria-current={within ? 'true' : undefined}>
          {t('screens.now')}
        </Link>
        <Link to="/shelved">
          {t('screens.shelved')}
          {status.shelved > 0 && <span>{format.number(status.shelved)}</span>}
        </Link>
        <Link to="/recent">{t('screens.recent')}</Link>
        <div className="technician">
          <Link to="/device">{t('screens.device')}</Link>
          <Link to="/models">{t('screens.models')}</Link>
          <Link to="/swap">{t('screens.swap')}</Link>
          <Link to="/import">{t('usb.title')}</Link>
        </div>
      </nav>
      <div className="foot">
        {status.allowUnsigned && <p className="note">{t('unsigned')}</p>}
        <Settings />
      </div>
    </div>
  )
}
