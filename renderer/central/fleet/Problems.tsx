import { useTranslation } from 'react-i18next'
import type { DeviceProblem, DeviceSummary } from '#core/contracts/fleet.ts'
import { When } from '../parts/Time.tsx'
import { useClockWords } from './clock-words.ts'

type Of = Pick<DeviceSummary, 'problems' | 'why' | 'lastSeenAt' | 'clockOffsetMs'>

/** What somebody should look at, each in a line; nothing where there is nothing. */
export function Problems({ of, of: { problems } }: { of: Of }) {
  const { t } = useTranslation()
  if (problems.length === 0) return null
  return (
    <ul className="problems">
      {problems.map((problem) => (
        <li key={`${problem.kind} ${problem.model}`}>
          <span className="strong">{t(`problem.${problem.kind}`)}</span>{' '}
          <span className="note">
            <Figures of={of} problem={problem} />
          </span>
        </li>
      ))}
    </ul>
  )
}

/** In the reader's language where it is known by a figure; else the server's own sentence. */
function Figures({ of, problem: { kind, text } }: { of: Of; problem: DeviceProblem }) {
  const { t } = useTranslation()
  const clock = useClockWords()
  if (kind === 'waiting') return null
  if (kind === 'silent' && of.lastSeenAt !== null)
    return (
      <>
        {t('machine.since')} <When at={of.lastSeenAt} />
      </>
    )
  if (kind === 'clock' && of.clockOffsetMs !== null) return clock(of.clockOffsetMs)
  return <span lang="en">{kind === 'quarantined' ? (of.why ?? '') : text}</span>
}
