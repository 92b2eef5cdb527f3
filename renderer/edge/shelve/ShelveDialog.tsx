import { Modal } from '@mantine/core'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import './shelve.css'

const lengths = [15, 60] as const
const reasons = ['known', 'maintenance', 'sensor', 'other'] as const

interface Props {
  open: boolean
  onClose: () => void
  onShelve: (minutes: number, reason: string) => void
}

/** How long, and why: a shelf always has an end and a reason. */
export function ShelveDialog({ open, onClose, onShelve }: Props) {
  const { t } = useTranslation()
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={t('shelve.title')}
      centered
      size={560}
      // Its own styles for the page behind it would need no lock: the page does not scroll as a whole.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      withCloseButton={false}
      classNames={{ content: 'dialog', title: 'dialog-title', header: 'dialog-head', body: 'dialog-body' }}
    >
      <ShelveForm onClose={onClose} onShelve={onShelve} />
    </Modal>
  )
}

function ShelveForm({ onClose, onShelve }: Omit<Props, 'open'>) {
  const { t } = useTranslation()
  const [minutes, setMinutes] = useState<number>(15)
  const [why, setWhy] = useState<(typeof reasons)[number]>('known')
  const [words, setWords] = useState('')
  const [missing, setMissing] = useState(false)
  const wordsId = useId()
  const missingId = useId()
  const submit = () => {
    const own = words.trim()
    if (why === 'other' && own === '') return setMissing(true)
    const chosen = t(`shelve.reasons.${why}`)
    onShelve(minutes, why === 'other' ? own : own === '' ? chosen : `${chosen}: ${own}`)
  }
  return (
    <>
      <p className="muted">{t('shelve.what')}</p>
      <fieldset className="choices">
        <legend>{t('shelve.long')}</legend>
        {lengths.map((count) => (
          <Button key={count} aria-pressed={minutes === count} onPress={() => setMinutes(count)}>
            {t('shelve.minutes', { count })}
          </Button>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>{t('shelve.why')}</legend>
        {reasons.map((each) => (
          <Button key={each} aria-pressed={why === each} onPress={() => setWhy(each)}>
            {t(`shelve.reasons.${each}`)}
          </Button>
        ))}
      </fieldset>
      <label className="words" htmlFor={wordsId}>
        {t('shelve.words')}
      </label>
      <textarea
        id={wordsId}
        rows={2}
        maxLength={400}
        value={words}
        aria-invalid={missing || undefined}
        aria-describedby={missing ? missingId : undefined}
        onChange={(event) => {
          setWords(event.target.value)
          setMissing(false)
        }}
      />
      {missing && (
        <p id={missingId} role="alert" className="strong">
          {t('shelve.wordsNeeded')}
        </p>
      )}
      <div className="dialog-acts">
        <Button primary onPress={submit}>
          {t('shelve.go', { count: minutes })}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </>
  )
}
