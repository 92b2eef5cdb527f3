import { createContext, useContext } from 'react'
import type { Language } from '../languages.ts'
import type { Theme } from '../preferences.ts'

export interface Preferences {
  language: Language
  setLanguage: (language: Language) => void
  theme: Theme
  setTheme: (theme: Theme) => void
  /** What the theme comes to on this screen. */
  scheme: 'light' | 'dark'
}

export const PreferencesContext = createContext<Preferences | null>(null)

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext)
  if (!preferences) throw new Error('no preferences around this component')
  return preferences
}
