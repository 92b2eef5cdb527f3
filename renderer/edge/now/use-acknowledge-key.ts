import { useEffect, useRef } from 'react'

/** A card that has only just become the first one is not what the hand was about to acknowledge. */
const settleMs = 400

/** The key A presses the button of the first card that nobody has acknowledged. Not while typing or in a dialog. */
export function useAcknowledgeKey(id: string | undefined): void {
  const since = useRef({ id, at: 0 })
  useEffect(() => {
    since.current = { id, at: performance.now() }
  }, [id])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'a' || event.repeat || event.ctrlKey || event.metaKey || event.altKey)
        return
      const target = event.target as Element | null
      if (
        target?.closest('input, textarea, select, [contenteditable], [role="dialog"]') ||
        document.querySelector('[role="dialog"]')
      )
        return
      if (since.current.id === undefined || performance.now() - since.current.at < settleMs) return
      document.querySelector<HTMLElement>(`[data-acknowledges="${CSS.escape(since.current.id)}"]`)?.click()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}
