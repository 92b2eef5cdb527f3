import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DeviceDetail, deviceSummarySchema, labelSchema } from '#core/contracts/fleet.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useMay } from '../client/context.ts'
import { useChange } from '../client/queries.ts'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { wordsOf } from './words-of.ts'

export const deviceAreas = ['devices', 'fleet', 'join-codes'] as const

/** Words that rollouts can choose machines by. */
export function Labels({ machine: { device, labels } }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const [text, setText] = useState<string | null>(null)
  const change = useChange(deviceSummarySchema, 'PUT', deviceAreas)
  const wanted = wordsOf(text ?? '')
  const wrong = wanted.filter((label) => !labelSchema.safeParse(label).success)
  const save = () =>
    change.mutate(
      { path: `/api/devices/${device}/labels`, body: { labels: wanted } },
      { onSuccess: () => setText(null) },
    )
  return (
    <span className="labels">
      {labels.length === 0 ? t('machine.noLabels') : labels.join(', ')}
      {may('publisher') && (
        <Button className="bare" onPress={() => setText(labels.join(', '))}>
          {t('machine.changeLabels')}
        </Button>
      )}
      <Dialog open={text !== null} title={t('machine.labels')} onClose={() => setText(null)}>
        <Field
          label={t('machine.labels')}
          hint={t('machine.labelsHint')}
          wrong={wrong.length > 0 ? t('machine.labelsWrong', { labels: wrong.join(', ') }) : undefined}
          value={text ?? ''}
          onText={setText}
        />
        <Trouble error={change.error} />
        <div className="dialog-acts">
          <Button primary off={wrong.length > 0} busy={change.isPending} onPress={save}>
            {t('button.save')}
          </Button>
          <Button onPress={() => setText(null)}>{t('button.cancel')}</Button>
        </div>
      </Dialog>
    </span>
  )
}
