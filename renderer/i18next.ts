import type { words as central } from './central/i18n.ts'
import type { words as edge } from './edge/i18n.ts'

/** What `t` takes in either console; that each console has what it uses is held by test/unit/renderer/locales.test.ts. */
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof edge.en & typeof central.en }
  }
}
