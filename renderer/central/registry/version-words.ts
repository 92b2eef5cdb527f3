import { useTranslation } from 'react-i18next'
import type { RegistryVersion } from '#core/contracts/registry.ts'
import { say, type Text } from '#core/contracts/text.ts'

/** Words of an author in the reader's language. */
export function useSay(): (text: Text | null) => string {
  const { i18n } = useTranslation()
  return (text) => (text === null ? '' : say(text, i18n.language))
}

/** `2 of 2 needed: A. Berg, M. Sato`; of what still waits also who has not signed. */
export function useSigners() {
  const { t } = useTranslation()
  return (
    { signedBy, threshold }: Pick<RegistryVersion, 'signedBy' | 'threshold'>,
    mayStill: readonly string[] = [],
  ): string => {
    const count = t('registry.signedOf', { n: signedBy.length, of: threshold })
    const missing = mayStill.filter((each) => !signedBy.includes(each))
    return [
      signedBy.length > 0 ? `${count}: ${signedBy.join(', ')}` : count,
      signedBy.length < threshold && missing.length > 0
        ? t('registry.mayStill', { names: missing.join(', ') })
        : '',
    ]
      .filter(Boolean)
      .join('; ')
  }
}

export const modelPath = (model: string): string => `/api/registry/models/${encodeURIComponent(model)}`
export const versionPath = (model: string, version: string): string =>
  `${modelPath(model)}/versions/${encodeURIComponent(version)}`

/** What a change in the registry may make stale. */
export const registryAreas = ['registry', 'signing', 'ownership'] as const
