import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Retraining as Request,
  retrainingPageSchema,
  retrainingStateSchema,
} from '#core/contracts/retraining.ts'
import { Button } from '../../ui/Button.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useMay, useServerNow } from '../client/context.ts'
import { Choice } from '../parts/Choice.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { AskRetraining } from './AskRetraining.tsx'
import { Cause } from './Cause.tsx'
import { RetrainingDialog } from './RetrainingDialog.tsx'
import { Schedules } from './Schedules.tsx'
import './feedback.css'

const shows = ['unfinished', ...retrainingStateSchema.options, ''] as const
type Shows = (typeof shows)[number]

/** Requests to train a model anew: why, who has it, until when. */
export function Retraining() {
  const { t } = useTranslation()
  const may = useMay()
  const [show, setShow] = useState<Shows>('unfinished')
  const [open, setOpen] = useState<number | null>(null)
  const [asks, setAsks] = useState(false)
  return (
    <Page
      title={t('retraining.title')}
      note={
        <Link className="inline" to="/feedback">
          {t('retraining.toFeedback')}
        </Link>
      }
      acts={
        may('publisher') && (
          <Button primary onPress={() => setAsks(true)}>
            {t('retraining.ask')}
          </Button>
        )
      }
    >
      <section className="panel filters" aria-label={t('machines.filter')}>
        <Choice
          label={t('feedback.state')}
          value={show}
          options={shows.map((each) => [
            each,
            each === '' ? t('machines.all') : t(`retrainingState.${each}`),
          ])}
          onChange={setShow}
        />
      </section>
      <section className="panel">
        <PagedTable<Request>
          label={t('retraining.title')}
          schema={retrainingPageSchema}
          path="/api/retraining"
          params={{ state: show }}
          limit={20}
          everyMs={30_000}
          id={({ id }) => id}
          empty={t('retraining.none')}
          columns={[
            {
              key: 'model',
              head: t('table.model'),
              width: '18%',
              cell: ({ id, model, version }) => (
                <Button className="bare name strong" onPress={() => setOpen(id)}>
                  {[model, version].filter(Boolean).join(' ')}
                </Button>
              ),
            },
            { key: 'why', head: t('table.why'), cell: ({ cause }) => <Cause of={cause} /> },
            {
              key: 'state',
              head: t('feedback.state'),
              width: '15%',
              cell: ({ state, result }) => (
                <>
                  <span className={state === 'open' ? 'strong' : undefined}>
                    {t(`retrainingState.${state}`)}
                  </span>
                  {result !== null && (
                    <div className="note">{t('retraining.result', { version: result })}</div>
                  )}
                </>
              ),
            },
            {
              key: 'owner',
              head: t('feedback.owner'),
              width: '15%',
              cell: ({ owner }) => owner.name ?? <span className="muted">{t('owner.nobody')}</span>,
            },
            { key: 'due', head: t('retraining.due'), width: '13%', cell: (it) => <Due of={it} /> },
            {
              key: 'asked',
              head: t('retraining.asked'),
              width: '13%',
              cell: ({ requestedAt }) => <When at={requestedAt} />,
            },
          ]}
        />
      </section>
      <Schedules />
      {open !== null && <RetrainingDialog id={open} onClose={() => setOpen(null)} />}
      {asks && <AskRetraining onClose={() => setAsks(false)} />}
    </Page>
  )
}

function Due({ of: { due, state } }: { of: Request }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  if (due === null) return <span className="muted">{t('retraining.noDue')}</span>
  const late = (state === 'open' || state === 'in-progress') && Date.parse(due) < nowMs
  return (
    <span className={late ? 'strong' : undefined}>
      {format.date(Date.parse(due), nowMs)}
      {late && `, ${t('retraining.late')}`}
    </span>
  )
}
