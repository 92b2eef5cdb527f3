import { createInstance, type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import de from './locales/de.json'
import en from './locales/en.json'
import peopleDe from './locales/people.de.json'
import peopleEn from './locales/people.en.json'
import technicianDe from './locales/technician.de.json'
import technicianEn from './locales/technician.en.json'
import usbDe from './locales/usb.de.json'
import usbEn from './locales/usb.en.json'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof peopleEn & typeof technicianEn & typeof usbEn }
  }
}

/** The reader's choice, else the first of the browser's languages that there is, else English. */
export function chooseLanguage(chosen: string | null, preferred: readonly string[]): Language {
  for (const wanted of [chosen, ...preferred]) {
    const found = languages.find((language) => wanted?.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return 'en'
}

export function makeI18n(language: Language): i18n {
  const instance = createInstance()
  void instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: {
      en: { translation: { ...en, ...peopleEn, ...technicianEn, ...usbEn } },
      de: { translation: { ...de, ...peopleDe, ...technicianDe, ...usbDe } },
    },
    // React escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
    returnNull: false,
  })
  return instance
}
