import { createContext, useContext } from 'react'
import type { Format } from './format.ts'

export const FormatContext = createContext<Format | null>(null)

/** Numbers and times in the reader's language. */
export function useFormat(): Format {
  const format = useContext(FormatContext)
  if (!format) throw new Error('no PreferencesProvider around this component')
  return format
}
