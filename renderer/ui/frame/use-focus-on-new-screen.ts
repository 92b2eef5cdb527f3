import { useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

/** A new screen is read from its heading; the first one leaves the focus alone. */
export function useFocusOnNewScreen() {
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
