import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Ownership as Owned,
  ownershipDetailSchema,
  type Party,
  type Raci,
} from '#core/contracts/ownership.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useMay } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Field } from '../parts/Field.tsx'
import { Lines } from '../parts/Lines.tsx'
import { When } from '../parts/Time.tsx'
import { fromLines, toLines } from './party-lines.ts'

const lists = ['responsible', 'consulted', 'informed', 'escalation'] as const

/** Who answers for the model: as its manifest says, or as somebody edited it here. */
export function Ownership({ model }: { model: string }) {
  const { t } = useTranslation()
  const may = useMay()
  const [edits, setEdits] = useState(false)
  const path = `/api/ownership/${encodeURIComponent(model)}`
  const { data, error, refetch } = useGet(ownershipDetailSchema, path)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('owner.title')}</h2>
        {data && may('publisher') && <Button onPress={() => setEdits(true)}>{t('owner.edit')}</Button>}
      </div>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <p className={data.from === 'nobody' ? 'strong' : 'note'}>
            {t(`ownerFrom.${data.from}`, { version: data.version ?? '' })}
          </p>
          <Facts
            of={[
              [
                t('owner.accountable'),
                <Parties key="a" of={data.raci.accountable ? [data.raci.accountable] : []} />,
              ],
              ...lists.map(
                (each) => [t(`owner.${each}`), <Parties key={each} of={data.raci[each]} />] as const,
              ),
            ]}
          />
          {data.history.length > 0 && (
            <>
              <h3 className="strong">{t('owner.history')}</h3>
              <ul className="plain">
                {data.history.slice(0, 10).map(({ at, by, reason, raci }) => (
                  <li key={`${at} ${by}`}>
                    <When at={at} /> <span className="strong">{by}</span> {reason}
                    <div className="note">
                      {raci ? (raci.accountable?.name ?? t('owner.nobody')) : t('owner.tookBack')}
                    </div>
                  </li>
                ))}
              </ul>
            </>
          )}
          {edits && <Edit path={path} owned={data} onClose={() => setEdits(false)} />}
        </>
      )}
    </section>
  )
}

function Parties({ of }: { of: readonly Party[] }) {
  const { t } = useTranslation()
  if (of.length === 0) return <span className="muted">{t('owner.nobody')}</span>
  return of.map(({ name, contact }) => (
    <div key={`${name} ${contact}`}>
      {name} {contact !== undefined && <span className="note">{contact}</span>}
    </div>
  ))
}

function Edit({ path, owned, onClose }: { path: string; owned: Owned; onClose: () => void }) {
  const { t } = useTranslation()
  const [accountable, setAccountable] = useState(
    toLines(owned.raci.accountable ? [owned.raci.accountable] : []),
  )
  const [texts, setTexts] = useState(
    () => Object.fromEntries(lists.map((each) => [each, toLines(owned.raci[each])])) as Record<Each, string>,
  )
  const change = useChange(ownershipDetailSchema, 'PUT', ['ownership', 'registry', 'feedback', 'retraining'])
  const raci = raciOf(accountable, texts)
  const wrong = (text: string) => (fromLines(text) ? undefined : t('owner.wrong'))
  const send = (body: Raci | null, reason: string) =>
    change.mutate({ path, body: { raci: body, reason } }, { onSuccess: onClose })
  return (
    <AskReason
      title={t('owner.editTitle', { model: owned.model })}
      reasons={[t('owner.reason1'), t('owner.reason2')]}
      go={t('button.save')}
      off={!raci}
      busy={change.isPending}
      error={change.error}
      onGo={(reason) => raci && send(raci, reason)}
      onClose={onClose}
    >
      <p className="note">{t('owner.how')}</p>
      <Field
        label={t('owner.accountable')}
        value={accountable}
        wrong={wrong(accountable)}
        onText={setAccountable}
      />
      {lists.map((each) => (
        <Lines
          key={each}
          label={t(`owner.${each}`)}
          value={texts[each]}
          wrong={wrong(texts[each])}
          onText={(text) => setTexts({ ...texts, [each]: text })}
        />
      ))}
      {owned.from === 'central' && (
        <p className="take-back">
          <Button busy={change.isPending} onPress={() => send(null, t('owner.tookBack'))}>
            {t('owner.takeBack')}
          </Button>
        </p>
      )}
    </AskReason>
  )
}

type Each = (typeof lists)[number]

function raciOf(accountable: string, texts: Record<Each, string>): Raci | undefined {
  const [owner, ...more] = fromLines(accountable) ?? [null, null]
  const [responsible, consulted, informed, escalation] = lists.map((each) => fromLines(texts[each]))
  if (owner === null || more.length > 0 || !responsible || !consulted || !informed || !escalation)
    return undefined
  return { responsible, accountable: owner ?? null, consulted, informed, escalation }
}
