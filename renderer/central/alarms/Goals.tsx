import { useTranslation } from 'react-i18next'
import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'
import { Shape } from '../../ui/Shape.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { NotMeasured } from '../performance/Figures.tsx'
import { shareWords } from '../performance/share-words.ts'
import { type Against, against, type Goal } from './goals.ts'

const shares: ReadonlySet<Goal> = new Set(['floodShare', 'worstShare', 'answered'])
const priorities = ['high', 'medium', 'low'] as const

/** Each figure, its bar with the goal marked, the goal in words, and whether it is missed. */
export function Goals({ of }: { of: AlarmFigures }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <section className="panel">
      <h2>{t('alarms.title')}</h2>
      <p>
        {t('alarms.raised', {
          count: of.raised,
          n: format.number(of.raised),
          raising: format.number(of.machines.raising),
          all: format.number(of.machines.all),
        })}{' '}
        <span className="by-priority">
          {priorities.map((priority, i) => (
            <span key={priority} className={of.byPriority[priority] === 0 ? 'muted' : undefined}>
              <Shape p={i + 1} none={of.byPriority[priority] === 0} />
              <span className="sr">{t(`priority.${priority}`)}: </span>
              {format.number(of.byPriority[priority])}
            </span>
          ))}
        </span>
      </p>
      <div className="table-wrap">
        <table className="table goals" aria-label={t('alarms.title')}>
          <thead>
            <tr>
              <th scope="col">{t('alarms.figure')}</th>
              <th scope="col">
                <span className="sr">{t('alarms.bar')}</span>
              </th>
              <th scope="col" className="num">
                {t('alarms.value')}
              </th>
              <th scope="col">{t('alarms.goal')}</th>
              <th scope="col">{t('alarms.verdict')}</th>
            </tr>
          </thead>
          <tbody>
            {against(of).map((each) => (
              <Row key={each.goal} of={each} figures={of} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ of: { goal, value, bar, misses }, figures }: { of: Against; figures: AlarmFigures }) {
  const { t } = useTranslation()
  const format = useFormat()
  const number = (it: number) =>
    shares.has(goal)
      ? shareWords(it, format.number)
      : format.number(it, goal === 'mean' ? (it < 0.1 ? 2 : 1) : 0, goal === 'mean')
  return (
    <tr>
      <th scope="row">
        {t(`alarmFigure.${goal}`)}
        <div className="note">{more(goal, figures)}</div>
      </th>
      <td>
        <span className="meter" aria-hidden="true">
          <i style={{ width: `${bar * 100}%` }} />
          <u />
        </span>
      </td>
      <td className={misses ? 'num strong' : 'num'}>{value === null ? <NotMeasured /> : number(value)}</td>
      <td className="muted">{t(`alarmGoal.${goal}`)}</td>
      <td className={misses ? 'strong' : 'muted'}>
        {value === null ? '' : misses ? t('alarms.missed') : t('alarms.met')}
      </td>
    </tr>
  )

  function more(which: Goal, { floods, answeredInTime, per10Min }: AlarmFigures): string {
    if (which === 'floodShare')
      return floods.count === 0
        ? t('alarms.noFlood')
        : t('alarms.floods', {
            count: floods.count,
            longest: format.number(floods.longestMin),
          })
    if (which === 'answered') return `n = ${format.number(answeredInTime.n)}`
    return which === 'peak' && per10Min.peak >= 10 ? t('alarms.flooded') : ''
  }
}
