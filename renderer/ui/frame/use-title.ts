import { useEffect } from 'react'

/** The window's title, which is also what a screen reader says first. */
export function useTitle(screen: string): void {
  useEffect(() => {
    document.title = `${screen} · Edgewright`
  }, [screen])
}
