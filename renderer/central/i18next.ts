import type { words } from './i18n.ts'

/** `t` takes only what there is. Apart, because the other console has words of its own. */
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof words.en }
  }
}
