import { useTranslation } from 'react-i18next'
import { Failure } from '../../ui/client/failure.ts'
import { useFailureWords } from '../../ui/frame/failure-words.ts'

/** Why a touch changed nothing, beside the button that was touched. */
export function ActionTrouble({ error }: { error: Error | null }) {
  const { t } = useTranslation()
  const words = useFailureWords()
  if (!error) return null
  const changed = error instanceof Failure && error.status === 409
  return (
    <p className="trouble" role="alert">
      {changed ? t('load.changed') : words(error)}
    </p>
  )
}
