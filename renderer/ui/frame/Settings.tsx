import { useTranslation } from 'react-i18next'
import { languages } from '../languages.ts'
import { themes } from '../preferences.ts'
import { usePreferences } from './preferences-context.ts'

const languageNames = { en: 'English', de: 'Deutsch' } as const

export function Settings() {
  const { t } = useTranslation()
  const { language, setLanguage, theme, setTheme } = usePreferences()
  return (
    <div className="settings">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its legend into the line */}
      <div className="pick" role="group" aria-label={t('settings.language')}>
        {languages.map((each) => (
          <button
            type="button"
            key={each}
            lang={each}
            aria-pressed={each === language}
            onClick={() => setLanguage(each)}
          >
            {languageNames[each]}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its legend into the line */}
      <div className="pick" role="group" aria-label={t('settings.theme')}>
        {themes.map((each) => (
          <button type="button" key={each} aria-pressed={each === theme} onClick={() => setTheme(each)}>
            {t(`settings.${each}`)}
          </button>
        ))}
      </div>
    </div>
  )
}
