import '../ui/zod-setup.ts'
import '@fontsource/ibm-plex-sans/400.css'
import '@fontsource/ibm-plex-sans/500.css'
import '@fontsource/ibm-plex-sans/600.css'
import '@fontsource/ibm-plex-mono/400.css'
import '@fontsource/ibm-plex-mono/500.css'
import '../ui/mantine.css'
import '../ui/tokens.css'
import '../ui/base.css'
import '../ui/parts.css'
import '../ui/alarm.css'
import '../ui/frame/frame.css'
import './parts/central.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { takeCode } from '../ui/client/session.ts'
import { chooseLanguage, makeI18n } from '../ui/languages.ts'
import { applyTheme, asTheme, remembered } from '../ui/preferences.ts'
import { App } from './App.tsx'
import { Central } from './client/central.ts'
import { words } from './i18n.ts'

const code = takeCode(window.location, window.history)
const store = () => window.localStorage
applyTheme(document.documentElement, asTheme(remembered(store, 'theme')))

const central = new Central({ fetch: (input, init) => fetch(input, init), now: () => Date.now() })
const language = chooseLanguage(remembered(store, 'language'), navigator.languages)
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root"')
createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={makeI18n(language, words)}>
      <App central={central} nonce={nonce} code={code} />
    </I18nextProvider>
  </StrictMode>,
)
