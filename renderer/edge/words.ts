import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { type Format, makeFormat } from '../ui/format.ts'

/** Numbers and times in the reader's language. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  return useMemo(() => makeFormat(i18n.language), [i18n.language])
}

/** `Mill 3: overstrain likely`; of a guardrail the model itself: `Milling failure: readings without an answer`. */
export function alertTitle(
  { asset, title, guardrail, model }: Pick<Alert, 'asset' | 'title' | 'guardrail' | 'model'>,
  language: string,
): string {
  const of = guardrail ? say(model.title, language) : asset
  return `${of}: ${say(title, language)}`
}

/** People as they signed in; the runtime's own roles in the reader's language. */
export function useWho(): (by: string | undefined) => string {
  const { t } = useTranslation()
  return (by) => (by === 'operator' || by === 'admin' || by === 'runtime' ? t(`role.${by}`) : (by ?? ''))
}
