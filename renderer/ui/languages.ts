import { createInstance, type i18n, type Resource } from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** The reader's choice, else the first of the browser's languages that there is, else English. */
export function chooseLanguage(chosen: string | null, preferred: readonly string[]): Language {
  for (const wanted of [chosen, ...preferred]) {
    const found = languages.find((language) => wanted?.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return 'en'
}

/** `words`: of each language, all that the console says. */
export function makeI18n(language: Language, words: Record<Language, Resource[string][string]>): i18n {
  const instance = createInstance()
  void instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: words.en }, de: { translation: words.de } },
    // React escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
    returnNull: false,
  })
  return instance
}
