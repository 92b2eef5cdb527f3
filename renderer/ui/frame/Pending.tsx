import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../Button.tsx'
import { useFailureWords } from './failure-words.ts'

interface Props {
  error: unknown
  retry: () => void
}

/** In place of what has not come: at first nothing, then that it loads, then why it did not and a way to try again. */
export function Pending({ error, retry }: Props) {
  const { t } = useTranslation()
  const words = useFailureWords()
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 400)
    return () => clearTimeout(timer)
  }, [])
  if (error)
    return (
      <div className="notice" role="alert">
        <p>{words(error)}</p>
        <Button onPress={retry}>{t('button.retry')}</Button>
      </div>
    )
  return (
    <p className="muted" role="status">
      {slow ? t('load.busy') : ''}
    </p>
  )
}
