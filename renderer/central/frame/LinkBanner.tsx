import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useFormat } from '../../ui/use-format.ts'
import { useServerNow, useStanding } from '../client/context.ts'

/** Takes the strip's place, so that nothing below it moves: what the strip says is old now anyway. */
export function LinkBanner() {
  const { t } = useTranslation()
  const format = useFormat()
  const words = useFailureWords()
  const { error, dataUpdatedAt, refetch } = useStanding()
  // Only to make the age go on; both times are this browser's.
  useServerNow()
  if (!error) return null
  const age = format.age(Date.now() - dataUpdatedAt)
  return (
    <div className="link-lost" role="alert">
      {/* The ticking age is not said again and again. */}
      <p>
        {words(error)} <span aria-hidden="true">{t('frame.old', { age })}</span>
      </p>
      <Button onPress={() => void refetch()}>{t('button.retry')}</Button>
    </div>
  )
}
