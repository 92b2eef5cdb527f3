import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { registryPageSchema } from '#core/contracts/registry.ts'
import { type Schedule, scheduleSchema, schedulesSchema } from '#core/contracts/retraining.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useCentral, useMay } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { When } from '../parts/Time.tsx'
import { Trouble } from '../parts/Trouble.tsx'

/** Models that are trained anew every so many days: a request is made when the day has come. */
export function Schedules() {
  const { t } = useTranslation()
  const may = useMay()('publisher')
  const [asked, setAsked] = useState<Schedule | 'new' | null>(null)
  const { data, error, refetch } = useGet(schedulesSchema, '/api/retraining/schedules')
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('schedule.title')}</h2>
        {may && <Button onPress={() => setAsked('new')}>{t('schedule.set')}</Button>}
      </div>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data?.schedules.length === 0 && <p className="muted">{t('schedule.none')}</p>}
      {data && data.schedules.length > 0 && (
        <table className="table" aria-label={t('schedule.title')}>
          <thead>
            <tr>
              <th scope="col">{t('table.model')}</th>
              <th scope="col">{t('schedule.every')}</th>
              <th scope="col">{t('schedule.next')}</th>
              <th scope="col">{t('table.who')}</th>
              <th scope="col" className="num">
                <span className="sr">{t('schedule.change')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.schedules.map((each) => (
              <tr key={each.model}>
                <td className="strong">{each.model}</td>
                <td>{t('cause.schedule', { count: each.everyDays })}</td>
                <td>
                  <When at={each.nextAt} />
                </td>
                <td>{each.by}</td>
                <td className="num">
                  {may && (
                    <Button
                      className="bare"
                      aria-label={t('schedule.changeOf', { model: each.model })}
                      onPress={() => setAsked(each)}
                    >
                      {t('schedule.change')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {asked !== null && <Change of={asked === 'new' ? undefined : asked} onClose={() => setAsked(null)} />}
    </section>
  )
}

function Change({ of, onClose }: { of: Schedule | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const { api, queries } = useCentral()
  const models = useGet(registryPageSchema, '/api/registry', { params: { limit: 200 }, enabled: !of }).data
  const [chosen, setChosen] = useState('')
  const [days, setDays] = useState(of ? String(of.everyDays) : '')
  const model = of?.model ?? (chosen === '' ? (models?.items[0]?.model ?? '') : chosen)
  const change = useMutation({
    mutationFn: (everyDays: number | null) =>
      api.send(`/api/retraining/schedules/${encodeURIComponent(model)}`, { everyDays }, 'PUT'),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['retraining'] }),
  })
  const wanted = scheduleSchema.shape.everyDays.safeParse(Number(days))
  return (
    <Dialog
      open
      title={of ? t('schedule.changeOf', { model }) : t('schedule.set')}
      onClose={onClose}
      size={560}
    >
      {!of && (
        <Choice
          label={t('table.model')}
          value={model}
          options={(models?.items ?? []).map((each) => [each.model, each.model])}
          onChange={setChosen}
        />
      )}
      <Field
        label={t('schedule.days')}
        wrong={days === '' || wanted.success ? undefined : t('schedule.wrong')}
        inputMode="numeric"
        autoComplete="off"
        value={days}
        onText={setDays}
      />
      <Trouble error={change.error} />
      <div className="dialog-acts">
        <Button
          primary
          off={model === '' || !wanted.success}
          busy={change.isPending}
          onPress={() => wanted.success && change.mutate(wanted.data)}
        >
          {t('schedule.setGo')}
        </Button>
        {of && (
          <Button busy={change.isPending} onPress={() => change.mutate(null)}>
            {t('schedule.end')}
          </Button>
        )}
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
