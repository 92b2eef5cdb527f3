import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewItem } from '#core/contracts/review.ts'
import { Button } from '../../ui/Button.tsx'
import { Field } from '../parts/Field.tsx'

interface Props {
  item: ReviewItem
  busy: boolean
  onLabel: (label: string) => void
  onClose: () => void
}

/** What counts in place of what was said: one of the classes, real or false, or another word. */
export function Correct({ item, busy, onLabel, onClose }: Props) {
  const { t } = useTranslation()
  const [own, setOwn] = useState('')
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  const { decision } = item
  const known = [...new Set([...Object.keys(decision?.classes ?? {}), 'real', 'false'])].slice(0, 12)
  const label = own.trim()
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        if (label !== '' && !busy) onLabel(label)
      }}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <fieldset className="choices">
        <legend>{t('review.label')}</legend>
        {known.map((each) => (
          <Button key={each} busy={busy} onPress={() => onLabel(each)}>
            {each}
          </Button>
        ))}
      </fieldset>
      <Field label={t('review.ownLabel')} maxLength={200} value={own} onText={setOwn} />
      <div className="acts">
        <Button primary type="submit" off={label === ''} busy={busy}>
          {t('review.correctGo')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </form>
  )
}
