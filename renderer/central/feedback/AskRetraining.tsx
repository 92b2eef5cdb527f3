import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { registryPageSchema } from '#core/contracts/registry.ts'
import { retrainingSchema } from '#core/contracts/retraining.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useChange, useGet } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { Lines } from '../parts/Lines.tsx'
import { Trouble } from '../parts/Trouble.tsx'

/** Somebody asks for a model to be trained anew, and says why. */
export function AskRetraining({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const models = useGet(registryPageSchema, '/api/registry', { params: { limit: 200 } }).data?.items ?? []
  const [chosen, setChosen] = useState('')
  const [reason, setReason] = useState('')
  const [due, setDue] = useState('')
  const model = chosen === '' ? (models[0]?.model ?? '') : chosen
  const change = useChange(retrainingSchema, 'POST', ['retraining'])
  return (
    <Dialog open title={t('retraining.ask')} onClose={onClose} size={560}>
      <Choice
        label={t('table.model')}
        value={model}
        options={models.map((each) => [each.model, each.model])}
        onChange={setChosen}
      />
      <Lines label={t('reason.why')} rows={3} maxLength={2000} value={reason} onText={setReason} />
      <Field label={t('retraining.due')} type="date" value={due} onText={setDue} />
      <Trouble error={change.error} />
      <div className="dialog-acts">
        <Button
          primary
          busy={change.isPending}
          off={model === '' || reason.trim() === ''}
          onPress={() =>
            change.mutate(
              {
                path: '/api/retraining',
                body: {
                  model,
                  reason: reason.trim(),
                  ...(due !== '' && { due: new Date(`${due}T12:00`).toISOString() }),
                },
              },
              { onSuccess: onClose },
            )
          }
        >
          {t('retraining.ask')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
