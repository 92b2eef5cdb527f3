import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { versionSchema } from '#core/contracts/manifest.ts'
import { type Retraining, type RetrainingChange, retrainingSchema } from '#core/contracts/retraining.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useMay, useMe } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { Facts } from '../parts/Facts.tsx'
import { Field } from '../parts/Field.tsx'
import { When } from '../parts/Time.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { Cause, Firings } from './Cause.tsx'

/** One request: what is known of it, what was done, and what can be done now. */
export function RetrainingDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation()
  const may = useMay()('publisher')
  const { data, error, refetch } = useGet(retrainingSchema, `/api/retraining/${id}`)
  const title = data
    ? t('retraining.of', { model: [data.model, data.version].filter(Boolean).join(' ') })
    : '…'
  return (
    <Dialog open title={title} onClose={onClose} size={640}>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <Facts
            of={[
              [t('table.why'), <Cause key="c" of={data.cause} />],
              [t('feedback.state'), t(`retrainingState.${data.state}`)],
              [t('feedback.owner'), data.owner.name ?? t('owner.nobody')],
              [
                t('retraining.asked'),
                <span key="a">
                  <When at={data.requestedAt} />, {data.requestedBy}
                </span>,
              ],
              data.due === null ? null : [t('retraining.due'), <When key="d" at={data.due} />],
              data.link === null
                ? null
                : [
                    t('retraining.link'),
                    <a
                      key="l"
                      className="inline anywhere"
                      href={data.link}
                      target="_blank"
                      rel="noreferrer noopener"
                    >
                      {data.link}
                    </a>,
                  ],
              data.result === null ? null : [t('retraining.cameOfIt'), data.result],
            ]}
          />
          <Firings of={data.cause} />
          {data.history.length > 0 && (
            <>
              <h3 className="strong">{t('rollout.history')}</h3>
              <ul className="plain">
                {data.history.map(({ at, by, text }) => (
                  <li key={`${at} ${by} ${text}`}>
                    <When at={at} /> <span className="strong">{by}</span> <span lang="en">{text}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
          {may && <Acts of={data} onClose={onClose} />}
          {!may && (
            <div className="dialog-acts">
              <Button onPress={onClose}>{t('accounts.close')}</Button>
            </div>
          )}
        </>
      )}
    </Dialog>
  )
}

function Acts({ of, onClose }: { of: Retraining; onClose: () => void }) {
  const { t } = useTranslation()
  const me = useMe().name
  const [note, setNote] = useState('')
  const [link, setLink] = useState(of.link ?? '')
  const [due, setDue] = useState(of.due?.slice(0, 10) ?? '')
  const [result, setResult] = useState('')
  const change = useChange(retrainingSchema, 'POST', ['retraining'])
  const send = (body: RetrainingChange) =>
    change.mutate(
      { path: `/api/retraining/${of.id}`, body: { ...changed(), ...body } },
      { onSuccess: onClose },
    )
  const isOver = of.state === 'done' || of.state === 'declined'
  const badResult = result !== '' && !versionSchema.safeParse(result).success
  if (isOver)
    return (
      <div className="dialog-acts">
        <Button onPress={onClose}>{t('accounts.close')}</Button>
      </div>
    )
  return (
    <>
      <Field label={t('retraining.link')} type="url" maxLength={2000} value={link} onText={setLink} />
      <Field label={t('retraining.due')} type="date" value={due} onText={setDue} />
      {of.state === 'in-progress' && (
        <Field
          label={t('retraining.resultVersion')}
          hint={t('retraining.resultHint')}
          wrong={badResult ? t('retraining.noVersion') : undefined}
          maxLength={40}
          value={result}
          onText={setResult}
        />
      )}
      <Field label={t('retraining.note')} maxLength={2000} value={note} onText={setNote} />
      <Trouble error={change.error} />
      <div className="dialog-acts">
        {of.state === 'open' ? (
          <Button primary busy={change.isPending} onPress={() => send({ state: 'in-progress', owner: me })}>
            {t('retraining.take')}
          </Button>
        ) : (
          <Button
            primary
            busy={change.isPending}
            off={badResult}
            onPress={() => send({ state: 'done', ...(result !== '' && { result }) })}
          >
            {t('retraining.done')}
          </Button>
        )}
        <Button busy={change.isPending} off={note.trim() === ''} onPress={() => send({ state: 'declined' })}>
          {t('retraining.decline')}
        </Button>
        <Button busy={change.isPending} onPress={() => send({})}>
          {t('button.save')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
      <p className="note">{t('retraining.declineHint')}</p>
    </>
  )

  /** Only what was changed here is sent: somebody else may have changed the rest meanwhile. */
  function changed(): RetrainingChange {
    const at = due === '' ? null : new Date(`${due}T12:00`).toISOString()
    return {
      ...(note.trim() !== '' && { note: note.trim() }),
      ...(link.trim() !== (of.link ?? '') && { link: link.trim() === '' ? null : link.trim() }),
      ...(due !== (of.due?.slice(0, 10) ?? '') && { due: at }),
    }
  }
}
