import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type LocalPerson, mayActAs, type Role } from '#core/contracts/people.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useServerNow } from '../client/context.ts'
import { useAsking, usePeople } from '../client/people.ts'
import { PinPad } from './PinPad.tsx'
import { useLeft } from './use-left.ts'
import '../shelve/shelve.css'
import './people.css'

/** Where the runtime wants somebody with another role: who they are, their PIN, and then what was asked for is done. */
export function SignInDialog() {
  const { t } = useTranslation()
  const asking = useAsking()
  const needs = asking?.needs ?? 'operator'
  return (
    <Dialog open={asking !== null} title={t(`people.for.${needs}`)} onClose={() => asking?.settle(false)}>
      <Steps needs={needs} onDone={() => asking?.settle(true)} onCancel={() => asking?.settle(false)} />
    </Dialog>
  )
}

function Steps({ needs, onDone, onCancel }: { needs: Role; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation()
  const { data, error, refetch } = usePeople()
  const [chosen, setChosen] = useState<string | null>(null)
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  const may = data.filter(({ role }) => mayActAs(role, needs))
  const person = may.find(({ id }) => id === chosen) ?? (may.length === 1 ? may[0] : undefined)
  if (may.length === 0) return <Nobody needs={needs} onCancel={onCancel} />
  if (person)
    return (
      <PinPad
        key={person.id}
        person={person}
        onDone={onDone}
        onCancel={onCancel}
        {...(may.length > 1 && { onAnother: () => setChosen(null) })}
      />
    )
  return (
    <>
      <p className="muted">{t('people.who')}</p>
      <div className="people">
        {may.map((each) => (
          <Name key={each.id} person={each} onChoose={() => setChosen(each.id)} />
        ))}
      </div>
      <div className="dialog-acts">
        <Button onPress={onCancel}>{t('button.cancel')}</Button>
      </div>
    </>
  )
}

function Name({
  person: { name, role, lockedUntil },
  onChoose,
}: {
  person: LocalPerson
  onChoose: () => void
}) {
  const { t } = useTranslation()
  const left = useLeft()
  const nowMs = useServerNow()
  const lockedMs = lockedUntil === null ? 0 : Date.parse(lockedUntil) - nowMs
  return (
    <Button onPress={onChoose}>
      <span className="strong">{name}</span>
      <small>
        {t(`people.roles.${role}`)}
        {lockedMs > 0 && `, ${t('people.locked', { time: left(lockedMs) })}`}
      </small>
    </Button>
  )
}

/** No dead end: who can change it, and how. */
function Nobody({ needs, onCancel }: { needs: Role; onCancel: () => void }) {
  const { t } = useTranslation()
  return (
    <div className="nobody">
      <p>{t(`people.nobody.${needs}`)}</p>
      <p className="muted">{t('people.add')}</p>
      <p>
        <code>edgewright people add NAME --role {needs} --data DIR</code>
      </p>
      <p className="muted">{t('people.stays')}</p>
      <div className="dialog-acts">
        <Button onPress={onCancel}>{t('people.close')}</Button>
      </div>
    </div>
  )
}
