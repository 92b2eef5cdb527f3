import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useJoin } from '../client/central.ts'
import '../shelve/shelve.css'

interface Props {
  open: boolean
  onClose: () => void
}

/** The code of an admin at central; the runtime asks for an admin of this machine. */
export function JoinDialog({ open, onClose }: Props) {
  const { t } = useTranslation()
  return (
    <Dialog open={open} title={t('fleet.join')} onClose={onClose} size={560}>
      <JoinForm onClose={onClose} />
    </Dialog>
  )
}

function JoinForm({ onClose }: Omit<Props, 'open'>) {
  const { t } = useTranslation()
  const words = useFailureWords()
  const [code, setCode] = useState('')
  const join = useJoin(onClose)
  const [codeId, troubleId] = [useId(), useId()]
  const isEmpty = code.trim() === ''
  return (
    <>
      <p className="muted">{t('fleet.joinWhat')}</p>
      <label className="words" htmlFor={codeId}>
        {t('fleet.code')}
      </label>
      <textarea
        id={codeId}
        className="join-code"
        rows={5}
        maxLength={4096}
        spellCheck={false}
        autoComplete="off"
        value={code}
        aria-invalid={join.isError || undefined}
        aria-describedby={join.isError ? troubleId : undefined}
        onChange={(event) => setCode(event.target.value)}
      />
      {join.error && (
        <p id={troubleId} className="trouble" role="alert">
          {words(join.error)}
        </p>
      )}
      <div className="dialog-acts">
        <Button primary busy={join.isPending} off={isEmpty} onPress={() => join.mutate(code.trim())}>
          {t(join.isPending ? 'fleet.joining' : 'fleet.go')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </>
  )
}
