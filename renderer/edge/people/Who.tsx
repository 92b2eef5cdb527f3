import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Session } from '#core/contracts/people.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { sessionKey } from '../client/asking.ts'
import { useEdge, useServerNow } from '../client/context.ts'
import { useSession, useSignOut } from '../client/people.ts'
import { useLeft } from './use-left.ts'
import './people.css'

/** Who acts at this screen: the operator, or somebody who has signed in, and for how long. */
export function Who() {
  const { t } = useTranslation()
  const edge = useEdge()
  const session = useSession()
  const [shown, setShown] = useState(false)
  if (session?.person)
    return <SignedIn session={session} name={session.person.name} shown={shown} onShow={setShown} />
  return (
    <Button className="who" aria-label={t('people.signIn')} onPress={() => void edge.mayI(null)}>
      <Person />
    </Button>
  )
}

interface Props {
  session: Session
  name: string
  shown: boolean
  onShow: (shown: boolean) => void
}

function SignedIn({ session: { role: is, until }, name, shown, onShow }: Props) {
  const { t } = useTranslation()
  const edge = useEdge()
  const left = useLeft()
  const words = useFailureWords()
  const signOut = useSignOut()
  const nowMs = useServerNow()
  const leftMs = until === null ? 0 : Date.parse(until) - nowMs
  const isOver = leftMs <= 0
  useEffect(() => {
    if (isOver) void edge.queries.invalidateQueries({ queryKey: sessionKey })
  }, [edge, isOver])
  const role = t(`people.roles.${is}`)
  const time = left(leftMs)
  const close = () => onShow(false)
  const another = () => {
    close()
    void edge.mayI(null)
  }
  return (
    <>
      <Button className="who signed-in" onPress={() => onShow(true)}>
        <span className="sr">{t('people.signedInSaid')}</span>
        <span className="strong">{name}</span>
        <small>{t('people.left', { role, time })}</small>
      </Button>
      <Dialog open={shown} title={t('people.signedIn', { name, role })} onClose={close}>
        <p className="muted">{t('people.falls', { time })}</p>
        {signOut.error && <p role="alert">{words(signOut.error)}</p>}
        <div className="dialog-acts">
          <Button
            primary
            busy={signOut.isPending}
            onPress={() => signOut.mutate(undefined, { onSuccess: close })}
          >
            {t('people.signOut')}
          </Button>
          <Button onPress={another}>{t('people.another')}</Button>
          <Button onPress={close}>{t('people.close')}</Button>
        </div>
      </Dialog>
    </>
  )
}

function Person() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.75" />
      <path d="M2 19c0-5 3.5-7.5 8-7.5s8 2.500 8 7.5" fill="none" stroke="currentColor" strokeWidth="1.75" />
    </svg>
  )
}
