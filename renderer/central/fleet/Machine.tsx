import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type DeviceDetail, deviceDetailSchema, shownFingerprint } from '#core/contracts/fleet.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Page } from '../parts/Page.tsx'
import { PresenceWord } from '../parts/Presence.tsx'
import { Ago, When } from '../parts/Time.tsx'
import { useClockWords } from './clock-words.ts'
import { Labels } from './Labels.tsx'
import { MachineActs } from './MachineActs.tsx'
import { MachineEvents } from './MachineEvents.tsx'
import { MachineModels } from './MachineModels.tsx'
import { MachineRecord } from './MachineRecord.tsx'
import { Problems } from './Problems.tsx'
import './fleet.css'

/** One machine: how it stands, what runs and why, what of its record is here, and what has been done to it. */
export function Machine() {
  const { t } = useTranslation()
  const { device } = useParams({ from: '/machines/$device' })
  const path = `/api/devices/${encodeURIComponent(device)}`
  const { data, error, refetch } = useGet(deviceDetailSchema, path, { everyMs: fleetEveryMs })
  if (!data)
    return (
      <Page title={t('machine.title')}>
        <Pending error={error} retry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title={data.name}
      note={
        <>
          <Link className="inline" to="/machines" search={{ site: data.site }}>
            {data.site}
          </Link>
          {data.groups.length > 0 && <> · {data.groups.join(', ')}</>}
        </>
      }
      acts={<MachineActs machine={data} />}
    >
      <Notice machine={data} />
      <div className="two">
        <section className="panel">
          <h2>{t('machine.standing')}</h2>
          <Standing machine={data} />
        </section>
        <MachineModels machine={data} />
      </div>
      <div className="two">
        <section className="panel">
          <h2>{t('machine.identity')}</h2>
          <Identity machine={data} />
        </section>
        <MachineRecord machine={data} />
      </div>
      <MachineEvents machine={data} />
    </Page>
  )
}

/** What must be seen first: it is barred, or nobody has compared its fingerprint. */
function Notice({ machine, machine: { state, why } }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  // Its state is said in a sentence of its own.
  const problems = machine.problems.filter(({ kind }) => kind !== state)
  if (state === 'enrolled' && problems.length === 0) return null
  return (
    <section className="panel notice-panel">
      {state !== 'enrolled' && (
        <p>
          <span className="strong">{t(`stateSaid.${state}`)}</span>{' '}
          {why !== null && <span lang="en">{why}</span>}
        </p>
      )}
      <Problems of={{ ...machine, problems }} />
    </section>
  )
}

const standings = ['high', 'medium', 'low', 'shelved'] as const

function Standing({ machine }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const format = useFormat()
  const clock = useClockWords()
  const { presence, lastSeenAt, reportAt, waiting, clockOffsetMs, alerts, report } = machine
  return (
    <Facts
      of={[
        [t('machines.presence'), <PresenceWord key="p" presence={presence} />],
        [t('machines.seen'), lastSeenAt === null ? t('machine.never') : <Ago key="s" at={lastSeenAt} />],
        [t('machine.report'), reportAt === null ? t('machine.noReport') : <Ago key="r" at={reportAt} />],
        [
          t('machine.backlog'),
          waiting === null
            ? t('machine.unknown')
            : t('machine.items', { count: waiting, n: format.number(waiting) }),
        ],
        [t('machine.clock'), clockOffsetMs === null ? t('machine.unknown') : clock(clockOffsetMs)],
        alerts && [
          t('strip.open'),
          standings
            .filter((each) => alerts[each] > 0)
            .map((each) => t(`alertCount.${each}`, { n: format.number(alerts[each]) }))
            .join(', ') || t('machine.noAlerts'),
        ],
        report && [
          t('machine.newestReading'),
          report.newestReadingAtMs === null ? (
            t('machine.noReading')
          ) : (
            <Ago key="n" at={new Date(report.newestReadingAtMs).toISOString()} />
          ),
        ],
        report?.diskFreeBytes == null ? null : [t('machine.disk'), format.bytes(report.diskFreeBytes)],
        report && [t('machine.runtime'), `${report.version}, ${report.platform}`],
        report && [t('machine.started'), <When key="w" at={new Date(report.startedAtMs).toISOString()} />],
      ]}
    />
  )
}

/** Until it is confirmed, whoever does that has its digits from nowhere but its own screen: its group is named after them. */
function Identity({ machine }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const isToCompare = machine.confirmedAt === null && machine.state !== 'revoked'
  const later = (digits: string) =>
    isToCompare ? <span className="muted">{t('machine.onceConfirmed')}</span> : <code>{digits}</code>
  return (
    <Facts
      of={[
        [t('machine.fingerprint'), later(shownFingerprint(machine.device))],
        [t('machine.enrolled'), <When key="e" at={machine.enrolledAt} />],
        [
          t('machine.confirmed'),
          machine.confirmedAt === null ? (
            t('machine.notConfirmed')
          ) : (
            <span key="c">
              <When at={machine.confirmedAt} />, {machine.confirmedBy}
            </span>
          ),
        ],
        [t('machine.ownGroup'), later(machine.ownGroup)],
        [t('machine.labels'), <Labels key="l" machine={machine} />],
      ]}
    />
  )
}
