import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type RolloutSummary, rolloutPageSchema, rolloutStateNames } from '#core/contracts/rollout.ts'
import { useMay } from '../client/context.ts'
import { Choice } from '../parts/Choice.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { Groups } from './Groups.tsx'
import { rolloutEveryMs } from './RolloutCard.tsx'
import { isOpen, useStateWords } from './rollout-words.ts'
import './rollouts.css'

const shows = ['', 'open', ...rolloutStateNames] as const
type Shows = (typeof shows)[number]

/** All rollouts, newest first. */
export function Rollouts() {
  const { t } = useTranslation()
  const may = useMay()
  const words = useStateWords()
  const [show, setShow] = useState<Shows>('')
  const word = (each: Shows) =>
    each === '' ? t('machines.all') : each === 'open' ? t('rollout.openOnes') : t(`rolloutState.${each}`)
  return (
    <Page
      title={t('screens.rollouts')}
      acts={
        may('publisher') && (
          <Link className="btn primary" to="/rollouts/new">
            {t('newRollout.title')}
          </Link>
        )
      }
    >
      <section className="panel filters" aria-label={t('machines.filter')}>
        <Choice
          label={t('rollout.state')}
          value={show}
          options={shows.map((each) => [each, word(each)])}
          onChange={setShow}
        />
      </section>
      <section className="panel">
        <PagedTable
          label={t('screens.rollouts')}
          schema={rolloutPageSchema}
          path="/api/rollouts"
          params={show === 'open' ? { open: true } : { state: show }}
          limit={20}
          everyMs={rolloutEveryMs}
          id={({ id }) => id}
          empty={t('rollout.none')}
          columns={[
            {
              key: 'what',
              head: t('table.version'),
              width: '26%',
              cell: ({ id, model, version, reason }) => (
                <>
                  <Link className="cell-link strong" to="/rollouts/$id" params={{ id: String(id) }}>
                    {model} {version}
                  </Link>
                  <div className="note">{reason}</div>
                </>
              ),
            },
            { key: 'state', head: t('rollout.state'), width: '18%', cell: ({ state }) => words(state) },
            {
              key: 'groups',
              head: t('rollout.groups'),
              cell: (it) => <Groups groups={barsOf(it)} isOpen={isOpen(it.state)} />,
            },
            {
              key: 'by',
              head: t('rollout.proposed'),
              width: '20%',
              cell: ({ createdAt, proposedBy }) => (
                <>
                  <When at={createdAt} />
                  <div className="note">{proposedBy}</div>
                </>
              ),
            },
          ]}
        />
      </section>
    </Page>
  )
}

const barsOf = ({ groups }: RolloutSummary) =>
  groups.map(({ name, state, machines, succeeded, failed, open }) => ({
    ...{ name, state, machines, succeeded, failed },
    underWay: state === 'active' ? open : 0,
    wait: Math.max(0, machines - succeeded - failed - (state === 'active' ? open : 0)),
  }))
