import { Link, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFocusOnNewScreen } from '../../ui/frame/use-focus-on-new-screen.ts'
import { Mark } from '../../ui/Glyphs.tsx'
import { useStatus } from '../client/context.ts'
import { SignInDialog } from '../people/SignInDialog.tsx'
import { Announcer } from './Announcer.tsx'
import { LinkBanner } from './LinkBanner.tsx'
import { Rail } from './Rail.tsx'
import { Stopped } from './Stopped.tsx'
import { Strip } from './Strip.tsx'
import '../../ui/frame/frame.css'
import './frame.css'

/** Rail, strip and the screen; above them, when it comes to that, that the AI has stopped. */
export function Frame() {
  const { t } = useTranslation()
  const status = useStatus()
  const main = useFocusOnNewScreen()
  if (!status) return null
  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('skip')}
      </a>
      <div className="above">
        <Stopped status={status} />
      </div>
      <div className="brand">
        <Link to="/" aria-label={t('screens.home')}>
          <Mark />
          Edgewright
        </Link>
      </div>
      <div className="top">
        <Strip status={status} />
        <LinkBanner status={status} />
      </div>
      <Rail status={status} />
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <Announcer />
      <SignInDialog />
    </div>
  )
}
