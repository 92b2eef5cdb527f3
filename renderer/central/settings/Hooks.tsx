import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  createdHookSchema,
  type Hook,
  type HookKind,
  hookKindSchema,
  hooksSchema,
} from '#core/contracts/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useChange, useDelete, useGet } from '../client/queries.ts'
import { Copy } from '../parts/Copy.tsx'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { Deliveries } from './Deliveries.tsx'

const areas = ['hooks'] as const

/** Whom the server tells of what happens. */
export function Hooks() {
  const { t } = useTranslation()
  const { data, error, refetch } = useGet(hooksSchema, '/api/hooks')
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Hook | null>(null)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('hooks.title')}</h2>
        <Button onPress={() => setAdding(true)}>{t('hooks.add')}</Button>
      </div>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <p>{data.mail.configured ? t('hooks.mail', { from: data.mail.from ?? '' }) : t('hooks.noMail')}</p>
          {data.hooks.length === 0 && <p className="muted">{t('hooks.none')}</p>}
          <ul className="plain">
            {data.hooks.map((hook) => (
              <li key={hook.id} className="row">
                <div className="grow">
                  <span className="strong anywhere">{hook.url}</span> {hook.note}
                  <div className="note">{hook.kinds.join(', ')}</div>
                  <div className="note">
                    {t('hooks.standing', { waiting: hook.waiting, dead: hook.dead })}{' '}
                    {hook.lastProblem !== null && <span lang="en">{hook.lastProblem}</span>}
                  </div>
                </div>
                <Button aria-label={t('hooks.endOf', { url: hook.url })} onPress={() => setEnding(hook)}>
                  {t('hooks.end')}
                </Button>
              </li>
            ))}
          </ul>
          <Deliveries />
        </>
      )}
      {adding && <Add onClose={() => setAdding(false)} />}
      {ending && <End hook={ending} onClose={() => setEnding(null)} />}
    </section>
  )
}

/** Its secret goes with it, and cannot be had again. */
function End({ hook: { id, url }, onClose }: { hook: Hook; onClose: () => void }) {
  const { t } = useTranslation()
  const end = useDelete(areas)
  return (
    <Dialog open title={t('hooks.endTitle')} onClose={onClose} size={560}>
      <p className="anywhere">{t('hooks.endWhat', { url })}</p>
      <Trouble error={end.error} />
      <div className="dialog-acts">
        <Button
          primary
          busy={end.isPending}
          onPress={() => end.mutate(`/api/hooks/${id}`, { onSuccess: onClose })}
        >
          {t('hooks.endGo')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [url, setUrl] = useState('')
  const [kinds, setKinds] = useState<readonly HookKind[]>([])
  const change = useChange(createdHookSchema, 'POST', areas)
  if (change.data)
    return (
      <Dialog open title={t('hooks.made')} onClose={onClose} size={560}>
        <p>{t('hooks.secret')}</p>
        <Copy label={change.data.url} text={change.data.secret} />
        <div className="dialog-acts">
          <Button onPress={onClose}>{t('accounts.close')}</Button>
        </div>
      </Dialog>
    )
  const off = kinds.length === 0 || !/^https?:\/\/./.test(url)
  return (
    <Dialog open title={t('hooks.add')} onClose={onClose} size={640}>
      <Field label={t('hooks.url')} type="url" maxLength={2000} value={url} onText={setUrl} />
      <fieldset className="choices">
        <legend>{t('hooks.kinds')}</legend>
        {hookKindSchema.options.map((kind) => (
          <Button
            key={kind}
            aria-pressed={kinds.includes(kind)}
            onPress={() =>
              setKinds(kinds.includes(kind) ? kinds.filter((each) => each !== kind) : [...kinds, kind])
            }
          >
            {kind}
          </Button>
        ))}
      </fieldset>
      <Trouble error={change.error} />
      <div className="dialog-acts">
        <Button
          primary
          off={off}
          busy={change.isPending}
          onPress={() => change.mutate({ path: '/api/hooks', body: { url, kinds } })}
        >
          {t('hooks.add')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
