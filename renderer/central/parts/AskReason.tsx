import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from './Field.tsx'
import { Trouble } from './Trouble.tsx'

interface Props {
  title: string
  /** Sentences to choose from; the first is chosen beforehand, so that nobody has to write in a hurry. */
  reasons: readonly string[]
  /** Names what it does. */
  go: string
  busy: boolean
  error: unknown
  off?: boolean
  onGo: (reason: string) => void
  onClose: () => void
  children?: ReactNode
}

/** What changes something at machines is never done without a reason; two presses do it. */
export function AskReason({ title, reasons, go, busy, error, off = false, onGo, onClose, children }: Props) {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState(0)
  const [own, setOwn] = useState('')
  const preset = reasons[chosen]
  const said = own.trim()
  const reason = said === '' ? (preset ?? '') : preset === undefined ? said : `${preset}: ${said}`
  return (
    <Dialog open title={title} onClose={onClose} size={560}>
      {children}
      {reasons.length > 0 && (
        <fieldset className="choices">
          <legend>{t('reason.why')}</legend>
          {reasons.map((each, i) => (
            <Button key={each} aria-pressed={chosen === i} onPress={() => setChosen(chosen === i ? -1 : i)}>
              {each}
            </Button>
          ))}
        </fieldset>
      )}
      <Field
        label={t(reasons.length > 0 ? 'reason.own' : 'reason.why')}
        maxLength={800}
        value={own}
        onText={setOwn}
      />
      <Trouble error={error} />
      <div className="dialog-acts">
        <Button primary busy={busy} off={off || reason === ''} onPress={() => onGo(reason)}>
          {go}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
