import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
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

/** A new screen is read from its heading; the first one leaves the focus alone. */
function useFocusOnNewScreen() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    const { current } = main
    if (!current) return
    current.scrollTo(0, 0)
    const focus = () => (current.querySelector<HTMLElement>('h1') ?? current).focus({ preventScroll: true })
    focus()
    // A screen that is still loading gets its real heading later, and loses the one that had the focus.
    const later = new MutationObserver(() => document.activeElement === document.body && focus())
    later.observe(current, { childList: true, subtree: true })
    const stop = () => later.disconnect()
    document.addEventListener('keydown', stop, { once: true })
    document.addEventListener('pointerdown', stop, { once: true })
    return () => {
      stop()
      document.removeEventListener('keydown', stop)
      document.removeEventListener('pointerdown', stop)
    }
  }, [path])
  return main
}
