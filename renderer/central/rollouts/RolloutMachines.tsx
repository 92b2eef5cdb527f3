import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type MachineState,
  machineStateSchema,
  type RolloutDetail,
  rolloutMachinesPageSchema,
} from '#core/contracts/rollout.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { Choice } from '../parts/Choice.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { PresenceWord } from '../parts/Presence.tsx'
import { When } from '../parts/Time.tsx'
import { rolloutEveryMs } from './RolloutCard.tsx'

/** Each machine with its state and the reason for it, as the machine says it. */
export function RolloutMachines({ rollout: { id, groups } }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  const [group, setGroup] = useState('')
  const [state, setState] = useState<'' | 'any-failed' | MachineState>('')
  const all = [['', t('machines.all')]] as const
  return (
    <section className="panel">
      <h2>{t('fleet.machines')}</h2>
      <div className="filters">
        <Choice
          label={t('rollout.group')}
          value={group}
          options={[...all, ...groups.map(({ name }, i) => [String(i), name] as const)]}
          onChange={setGroup}
        />
        <Choice
          label={t('rollout.state')}
          value={state}
          options={[
            ...all,
            ['any-failed', t('rollout.anyFailed')],
            ...machineStateSchema.options.map((each) => [each, t(`machineState.${each}`)] as const),
          ]}
          onChange={setState}
        />
      </div>
      <PagedTable
        label={t('fleet.machines')}
        schema={rolloutMachinesPageSchema}
        path={`/api/rollouts/${id}/machines`}
        params={{ group, state }}
        limit={20}
        everyMs={rolloutEveryMs}
        id={({ device }) => device}
        empty={t('rollout.noMachines')}
        columns={[
          {
            key: 'name',
            head: t('machines.name'),
            width: '24%',
            cell: ({ device, machine, site }) => <MachineLink of={{ device, name: machine, site }} />,
          },
          { key: 'group', head: t('rollout.group'), width: '10%', cell: (it) => groups[it.group]?.name },
          {
            key: 'state',
            head: t('rollout.state'),
            width: '22%',
            cell: ({ state: is, reason, by, accepted }) => (
              <>
                {t(`machineState.${is}`)}
                {accepted && <span className="note"> {t('rollout.accepted')}</span>}
                {reason !== null && (
                  <div className="note" lang="en">
                    {reason}
                    {by !== null && `, ${by}`}
                  </div>
                )}
              </>
            ),
          },
          {
            key: 'since',
            head: t('rollout.sinceHead'),
            width: '12%',
            cell: ({ since }) => <When at={since} />,
          },
          {
            key: 'runs',
            head: t('machines.runs'),
            width: '16%',
            cell: ({ before, running }) =>
              before !== null && running !== null && before !== running
                ? t('machine.fromTo', { from: before, to: running })
                : (running ?? ''),
          },
          {
            key: 'presence',
            head: t('machines.presence'),
            cell: ({ presence }) => <PresenceWord presence={presence} />,
          },
        ]}
      />
    </section>
  )
}
