import { Link, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFocusOnNewScreen } from '../../ui/frame/use-focus-on-new-screen.ts'
import { Mark } from '../../ui/Glyphs.tsx'
import { LinkBanner } from './LinkBanner.tsx'
import { Rail } from './Rail.tsx'
import { Strip } from './Strip.tsx'

/** Rail, strip and the screen. */
export function Frame() {
  const { t } = useTranslation()
  const main = useFocusOnNewScreen()
  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('frame.skip')}
      </a>
      <div className="above" />
      <div className="brand">
        <Link to="/" aria-label={t('frame.home')}>
          <Mark />
          Edgewright
        </Link>
      </div>
      <div className="top">
        <Strip />
        <LinkBanner />
      </div>
      <Rail />
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}
