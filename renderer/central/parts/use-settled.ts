import { useEffect, useState } from 'react'

const typingMs = 300

/** What was typed, once the typing has rested: the server is not asked letter by letter. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typingMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled.trim()
}
