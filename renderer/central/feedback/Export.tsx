import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { withParams } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import type { FeedbackFilter } from './feedback-filter.ts'

const formats = ['jsonl', 'csv', 'parquet'] as const
const extents = ['reviewed', 'accepted', 'corrected', 'excluded', 'open', 'all'] as const

/** Reviewed answers as training data, within the filter of the queue; the browser takes the file as it streams. */
export function Export({ filter, onClose }: { filter: FeedbackFilter; onClose: () => void }) {
  const { t } = useTranslation()
  const [format, setFormat] = useState<(typeof formats)[number]>('jsonl')
  const [extent, setExtent] = useState<(typeof extents)[number]>('reviewed')
  const [days, setDays] = useState({ from: '', to: '' })
  const { model, site, answer, disagreement } = filter
  const path = withParams('/api/feedback/export', {
    ...{ format, model, site, answer, disagreement },
    from: days.from === '' ? undefined : new Date(`${days.from}T00:00`).toISOString(),
    to: days.to === '' ? undefined : new Date(`${days.to}T23:59:59.999`).toISOString(),
    all: extent === 'all' ? true : undefined,
    state: extent === 'all' || extent === 'reviewed' ? undefined : extent,
  })
  const within = [
    model,
    site,
    answer && t(`answer.${answer}`),
    disagreement === undefined ? undefined : t(disagreement ? 'feedback.differs' : 'feedback.agrees'),
  ].filter((each) => each !== undefined)
  return (
    <Dialog open title={t('export.title')} onClose={onClose} size={560}>
      <p>
        {within.length === 0 ? t('export.everything') : t('export.within', { filter: within.join(', ') })}
      </p>
      <div className="filters">
        <Choice
          label={t('export.format')}
          value={format}
          options={formats.map((each) => [each, t(`exportFormat.${each}`)])}
          onChange={setFormat}
        />
        <Choice
          label={t('export.extent')}
          value={extent}
          options={extents.map((each) => [
            each,
            each === 'reviewed'
              ? t('export.reviewed')
              : each === 'all'
                ? t('machines.all')
                : t(`reviewState.${each}`),
          ])}
          onChange={setExtent}
        />
        <Field
          type="date"
          label={t('export.from')}
          value={days.from}
          onText={(from) => setDays({ ...days, from })}
        />
        <Field type="date" label={t('export.to')} value={days.to} onText={(to) => setDays({ ...days, to })} />
      </div>
      <p className="note">{t('export.kept')}</p>
      <div className="dialog-acts">
        <a className="btn primary" href={path} download={`feedback.${format}`}>
          {t('export.go')}
        </a>
        <Button onPress={onClose}>{t('accounts.close')}</Button>
      </div>
    </Dialog>
  )
}
