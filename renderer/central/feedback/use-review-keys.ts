import { useEffect, useRef } from 'react'

export type ReviewKey = 'a' | 'c' | 'x' | 'u' | 'j' | 'k'
const keys: readonly string[] = ['a', 'c', 'x', 'u', 'j', 'k'] satisfies ReviewKey[]

/** One key each, while `on` (WCAG 2.1.4: they can be switched off); not while typing, in a dialog, or held down. */
export function useReviewKeys(on: boolean, press: (key: ReviewKey) => void): void {
  const latest = useRef(press)
  latest.current = press
  useEffect(() => {
    if (!on) return
    const hear = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase()
      if (!keys.includes(key) || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as Element | null
      if (target?.closest('input, textarea, select, [contenteditable]')) return
      if (document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      latest.current(key as ReviewKey)
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [on])
}
