import { useEffect, useState } from 'react'

/** A finger has left, but the click it makes is still to come. */
const settleMs = 200

/** Whether a pointer is down in an element, and for a moment after: give `onPointerDown` to the element. */
export function useHeld(): { held: boolean; onPointerDown: () => void } {
  const [down, setDown] = useState(0)
  useEffect(() => {
    if (down === 0) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const release = () => {
      clearTimeout(timer)
      timer = setTimeout(() => setDown(0), settleMs)
    }
    const ends = ['pointerup', 'pointercancel'] as const
    for (const end of ends) window.addEventListener(end, release, true)
    window.addEventListener('blur', release)
    return () => {
      clearTimeout(timer)
      for (const end of ends) window.removeEventListener(end, release, true)
      window.removeEventListener('blur', release)
    }
  }, [down])
  return { held: down !== 0, onPointerDown: () => setDown((n) => n + 1) }
}
