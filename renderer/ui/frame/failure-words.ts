import { useTranslation } from 'react-i18next'
import { Failure } from '../client/failure.ts'

/** What went wrong, in the reader's language where it is this page's to say, else in the runtime's words. */
export function useFailureWords(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    if (!(error instanceof Failure)) return String(error)
    if (error.kind === 'timeout') return t('load.timeout', { seconds: Math.round(error.limitMs / 1000) })
    if (error.kind === 'refused') return `${sentence(error.message)} ${error.hint}`.trim()
    return t(`load.${error.kind}`)
  }
}

/** As the first word of a paragraph: `the stick …`; a path, an address or a name stays as it is. */
export const capital = (text: string): string =>
  text.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase())

/** With its full stop: the runtime's messages stand in lines of their own there. */
export function sentence(message: string): string {
  return message === '' || /[.!?]$/.test(message) ? message : `${message}.`
}
