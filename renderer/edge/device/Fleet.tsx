import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { shownFingerprint } from '#core/contracts/fleet.ts'
import type { EnrolmentStanding, SyncStatus } from '#core/contracts/sync.ts'
import { Button } from '../../ui/Button.tsx'
import { capital, sentence } from '../../ui/frame/failure-words.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useEnrolment, useSync, useWitness } from '../client/central.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { JoinDialog } from './JoinDialog.tsx'

/** Beyond this the two clocks disagree, whatever the line took. */
const noticeMs = 2000
/** A group of its own is what central calls the machine by; it says nothing to people. */
const isOwn = /^device-[0-9a-f]{16}$/

/** Who this machine is in its fleet, whether central hears it, and what waits to be sent. */
export function Fleet() {
  const { t } = useTranslation()
  const sync = useSync()
  const enrolment = useEnrolment()
  return (
    <section className="fleet-place">
      <h2>{t('fleet.title')}</h2>
      {sync.data && enrolment.data ? (
        <Standing sync={sync.data} enrolment={enrolment.data} />
      ) : (
        <Pending
          error={sync.error ?? enrolment.error}
          retry={() => void Promise.all([sync.refetch(), enrolment.refetch()])}
        />
      )}
    </section>
  )
}

function Standing({ sync, enrolment }: { sync: SyncStatus; enrolment: EnrolmentStanding }) {
  const { t } = useTranslation()
  const format = useFormat()
  const [joining, setJoining] = useState(false)
  const { state, waiting, problem } = sync
  const items = t('fleet.waiting', { count: waiting, n: format.number(waiting) })
  const told =
    state === 'not-connected' || state === 'refused' || (state === 'not-enrolled' && problem !== null)
  return (
    <>
      <p role="status" className={state === 'connected' || state === 'not-enrolled' ? undefined : 'strong'}>
        {t(`fleet.state.${state}`)}
        {state === 'not-connected' && ` ${items}`}
      </p>
      {told && problem !== null && (
        <p className="note" lang="en">
          {capital(sentence(problem))}
        </p>
      )}
      <Facts sync={sync} enrolment={enrolment} />
      {state === 'not-enrolled' && <Button onPress={() => setJoining(true)}>{t('fleet.join')}</Button>}
      <JoinDialog open={joining} onClose={() => setJoining(false)} />
    </>
  )
}

type Fact =
  | 'fingerprint'
  | 'central'
  | 'site'
  | 'lastContact'
  | 'backlog'
  | 'blocked'
  | 'clock'
  | 'checkpoint'
const streamNames = ['events', 'rollout', 'metrics', 'inference', 'raw'] as const

function Facts({ sync, enrolment }: { sync: SyncStatus; enrolment: EnrolmentStanding }) {
  const { t } = useTranslation()
  const isJoined = sync.state !== 'not-enrolled'
  const checkpoint = useCheckpointWords(isJoined)
  const lastContact = useLastContact(sync)
  const backlog = useBacklog(sync)
  const clock = useClockWords(sync)
  const { device, central, streams } = sync
  const blocked = streams.find((stream) => stream.blocked !== null)?.blocked ?? null
  const groups = enrolment.groups.filter((group) => !isOwn.test(group))
  const rows: { key: Fact; value: string | null }[] = [
    { key: 'fingerprint', value: device && shownFingerprint(device) },
    { key: 'central', value: central },
    { key: 'site', value: enrolment.site && [enrolment.site, ...groups].join(', ') },
    { key: 'lastContact', value: isJoined ? lastContact : null },
    { key: 'backlog', value: isJoined ? backlog : null },
    { key: 'blocked', value: blocked && capital(sentence(blocked)) },
    { key: 'clock', value: clock },
    { key: 'checkpoint', value: checkpoint },
  ]
  return (
    <dl className="facts fleet-facts">
      {rows.map(
        ({ key, value }) =>
          value !== null && (
            <div key={key}>
              <dt>{t(`fleet.fact.${key}`)}</dt>
              <dd
                className={key === 'fingerprint' ? 'fingerprint' : undefined}
                lang={key === 'blocked' ? 'en' : undefined}
              >
                {value}
              </dd>
            </div>
          ),
      )}
    </dl>
  )
}

function useLastContact({ lastContactAt }: SyncStatus): string {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  if (lastContactAt === null) return t('fleet.never')
  return t('age.ago', { age: format.age(Math.max(0, nowMs - Date.parse(lastContactAt))) })
}

/** By stream; of those in which nothing waits, nothing is said. */
function useBacklog({ streams }: SyncStatus): string {
  const { t } = useTranslation()
  const format = useFormat()
  const waiting = streamNames.flatMap((name) => {
    const rows = streams.find(({ stream }) => stream === name)?.waiting ?? 0
    return rows > 0 ? `${t(`fleet.stream.${name}`)} ${format.number(rows)}` : []
  })
  return waiting.length > 0 ? waiting.join(', ') : t('fleet.nothingWaits')
}

function useClockWords({ clockOffsetMs }: SyncStatus): string | null {
  const { t } = useTranslation()
  const format = useFormat()
  if (clockOffsetMs === null) return null
  if (Math.abs(clockOffsetMs) <= noticeMs) return t('fleet.clock.same')
  const skew = format.age(Math.abs(clockOffsetMs))
  return t(clockOffsetMs > 0 ? 'fleet.clock.ahead' : 'fleet.clock.behind', { skew })
}

function useCheckpointWords(isJoined: boolean): string | null {
  const { t } = useTranslation()
  const format = useFormat()
  const { checkpoint, countersigned } = useWitness().data ?? {}
  if (!checkpoint) return null
  const at = `${format.weekday(Date.parse(checkpoint.at))} ${format.time(Date.parse(checkpoint.at))}`
  const values = { counter: checkpoint.counter, at, until: countersigned?.counter }
  if (!isJoined) return t('fleet.checkpoint.alone', values)
  if (!countersigned) return t('fleet.checkpoint.never', values)
  return t(`fleet.checkpoint.${countersigned.counter === checkpoint.counter ? 'both' : 'behind'}`, values)
}
