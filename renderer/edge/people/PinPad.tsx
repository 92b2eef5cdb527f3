import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LocalPerson } from '#core/contracts/people.ts'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/client/failure.ts'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useServerNow } from '../client/context.ts'
import { useSignIn } from '../client/people.ts'
import { useLeft } from './use-left.ts'

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const
const [shortest, longest] = [6, 12]

interface Props {
  person: LocalPerson
  onDone: () => void
  onCancel: () => void
  onAnother?: () => void
}

/** Typed with a finger, a glove or the keyboard; the PIN lives in this component alone, and goes with it. */
export function PinPad({ person, onDone, onCancel, onAnother }: Props) {
  const { t } = useTranslation()
  const nowMs = useServerNow()
  const signIn = useSignIn()
  const [pin, setPin] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const fieldId = useId()
  const saidId = useId()
  const { name } = person
  const lockedMs = person.lockedUntil === null ? 0 : Date.parse(person.lockedUntil) - nowMs
  const locked = lockedMs > 0
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  const type = (typed: string) => setPin(typed.replace(/\D/g, '').slice(0, longest))
  const press = (next: string) => {
    type(next)
    field.current?.focus({ preventScroll: true })
  }
  const off = locked || pin.length < shortest
  const submit = () => {
    if (off || signIn.isPending) return
    setPin('')
    signIn.mutate({ person: person.id, pin }, { onSuccess: onDone })
  }
  return (
    <div className="pin-pad">
      <label htmlFor={fieldId}>{t('people.pin', { name })}</label>
      <input
        ref={field}
        id={fieldId}
        type="password"
        // The keypad below is the touch keyboard; and no password manager is to keep it.
        inputMode="none"
        autoComplete="one-time-code"
        spellCheck={false}
        maxLength={longest}
        value={pin}
        aria-describedby={saidId}
        aria-invalid={(signIn.error !== null && pin === '') || undefined}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && submit()}
      />
      <div id={saidId} className="said-of-pin" role="alert">
        <Said name={name} lockedMs={lockedMs} error={pin === '' ? signIn.error : null} />
      </div>
      <div className="keypad">
        {digits.map((digit) => (
          // Not the shared button: two quick touches on one digit are two digits.
          <button
            key={digit}
            type="button"
            className="btn"
            aria-label={t('people.digit', { digit })}
            onClick={() => press(pin + digit)}
          >
            {digit}
          </button>
        ))}
        <button
          type="button"
          className="btn"
          aria-label={t('people.remove')}
          onClick={() => press(pin.slice(0, -1))}
        >
          <span aria-hidden="true">←</span>
        </button>
      </div>
      <div className="dialog-acts">
        <Button
          primary
          busy={signIn.isPending}
          off={off}
          aria-label={signIn.isPending ? undefined : t('people.go', { name })}
          onPress={submit}
        >
          {t(signIn.isPending ? 'people.busy' : 'people.signIn')}
        </Button>
        {onAnother && <Button onPress={onAnother}>{t('people.another')}</Button>}
        <Button onPress={onCancel}>{t('button.cancel')}</Button>
      </div>
    </div>
  )
}

/** Why the last PIN let nobody in, and when the next one may. */
function Said({ name, lockedMs, error }: { name: string; lockedMs: number; error: Error | null }) {
  const { t } = useTranslation()
  const left = useLeft()
  const words = useFailureWords()
  if (lockedMs > 0) return <p>{t('people.lockedOut', { name, time: left(lockedMs) })}</p>
  if (error === null) return null
  const code = error instanceof Failure ? error.code : ''
  if (code === 'pin-wrong') return <p>{t('people.wrong', { name })}</p>
  if (code === 'locked-out') return <p>{t('people.again', { name })}</p>
  return <p>{words(error)}</p>
}
