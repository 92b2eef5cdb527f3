import { type ReactNode, useEffect, useLayoutEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { makeFormat } from '../format.ts'
import { chooseLanguage, type Language } from '../languages.ts'
import { applyTheme, asTheme, remember, remembered, type Theme } from '../preferences.ts'
import { FormatContext } from '../use-format.ts'
import { PreferencesContext } from './preferences-context.ts'

const store = () => window.localStorage
const darkQuery = () => window.matchMedia('(prefers-color-scheme: dark)')

function subscribeDark(listener: () => void): () => void {
  const query = darkQuery()
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/** Language and theme: remembered here, changed without loading the page again. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation()
  const [theme, setTheme] = useState<Theme>(() => asTheme(remembered(store, 'theme')))
  const systemDark = useSyncExternalStore(subscribeDark, () => darkQuery().matches)
  const language = chooseLanguage(i18n.language, [])
  // One for all: to make one costs more than most of what it writes.
  const format = useMemo(() => makeFormat(i18n.language), [i18n.language])
  const scheme = theme === 'system' ? (systemDark ? 'dark' : 'light') : theme
  // Before the effects of what is inside, which may look at the colours.
  useLayoutEffect(() => applyTheme(document.documentElement, theme), [theme])
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <PreferencesContext
      value={{
        language,
        setLanguage: (next: Language) => {
          void i18n.changeLanguage(next)
          remember(store, 'language', next)
        },
        theme,
        setTheme: (next) => {
          setTheme(next)
          remember(store, 'theme', next)
        },
        scheme,
      }}
    >
      <FormatContext value={format}>{children}</FormatContext>
    </PreferencesContext>
  )
}
