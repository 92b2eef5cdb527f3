import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useSession } from '../client/people.ts'
import { usePerson } from './use-chosen.ts'

export interface Given {
  reason: string
  person?: string
}

interface Props {
  /** Sentences to choose from; the first is chosen beforehand, so that nobody has to write in a hurry. */
  reasons: readonly string[]
  go: string
  error: unknown
  busy: boolean
  /** What was chosen above cannot be done. */
  off?: boolean
  onGo: (given: Given) => void
  onCancel?: (() => void) | undefined
  /** Another row of choices, above the reasons. */
  children?: ReactNode
}

/** Why, and who: a move of a version is never without a reason. The touch that does it names what it does. */
export function Ask({ reasons, go, error, busy, off = false, onGo, onCancel, children }: Props) {
  const { t } = useTranslation()
  const words = useFailureWords()
  const [chosen, setChosen] = useState(0)
  const [own, setOwn] = useState('')
  const [person, setPerson] = usePerson()
  const session = useSession()
  const signedIn = session?.person
  const ownId = useId()
  const personId = useId()
  const submit = () => {
    const said = own.trim()
    const preset = reasons[chosen] ?? ''
    const name = person.trim()
    onGo({
      reason: said === '' ? preset : chosen < 0 || preset === '' ? said : `${preset}: ${said}`,
      ...(name !== '' && !signedIn && { person: name }),
    })
  }
  return (
    <div className="ask">
      {children}
      <fieldset className="choices">
        <legend>{t('ask.why')}</legend>
        {reasons.map((reason, i) => (
          <Button key={reason} aria-pressed={chosen === i} onPress={() => setChosen(i)}>
            {reason}
          </Button>
        ))}
      </fieldset>
      <div className="fields">
        <label htmlFor={ownId}>
          <span className="note">{t('ask.own')}</span>
          <input id={ownId} maxLength={800} value={own} onChange={(event) => setOwn(event.target.value)} />
        </label>
        {session && signedIn ? (
          <p className="note">
            {t('people.as', { name: signedIn.name, role: t(`people.roles.${session.role}`) })}
          </p>
        ) : (
          <label htmlFor={personId}>
            <span className="note">{t('ask.person')}</span>
            <input
              id={personId}
              maxLength={200}
              autoComplete="name"
              value={person}
              onChange={(event) => setPerson(event.target.value)}
            />
          </label>
        )}
      </div>
      <div className="ask-acts">
        <Button primary busy={busy} off={off} onPress={submit}>
          {busy ? t('ask.busy') : go}
        </Button>
        {onCancel && <Button onPress={onCancel}>{t('button.cancel')}</Button>}
      </div>
      {error ? (
        <p className="trouble" role="alert">
          {words(error)} {t('ask.again')}
        </p>
      ) : null}
    </div>
  )
}

/** A question that stands over what it is about: one `Esc` away, read from its heading, focus back where it came from. */
export function Over({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const titleId = useId()
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    const from = document.activeElement
    heading.current?.focus({ preventScroll: true })
    // Wherever the focus went meanwhile: a touch beside a button takes it to the page.
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close.current()
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      const back = from instanceof HTMLElement && from.isConnected ? from : document.querySelector('#main h1')
      if (back instanceof HTMLElement) back.focus({ preventScroll: true })
    }
  }, [])
  return (
    <section className="over" role="dialog" aria-labelledby={titleId}>
      <h2 className="say" id={titleId} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  )
}
