import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/use-format.ts'
import type { Parts } from './rollout-words.ts'

export interface Group extends Parts {
  name: string
  state: 'wait' | 'active' | 'passed' | 'skipped'
  machines: number
}

/** One bar for each group: succeeded grey, under way half, failed ink, and those that wait. Once the rollout is over, none is at work and none waits. */
export function Groups({ groups, isOpen }: { groups: readonly Group[]; isOpen: boolean }) {
  const { t } = useTranslation()
  return (
    <ol className="groups">
      {groups.map((group) => (
        <li key={group.name}>
          <span className={isOpen && group.state === 'active' ? 'strong name' : 'name'}>
            {isOpen && group.state === 'active' && <span className="sr">{t('rollout.active')}: </span>}
            {group.name}
          </span>
          <Bar of={group} />
          <Said of={group} isOpen={isOpen} />
        </li>
      ))}
    </ol>
  )
}

function Bar({ of: { succeeded, underWay, failed, wait } }: { of: Group }) {
  const parts = [
    ['ok', succeeded],
    ['up', underWay],
    ['no', failed],
    ['wait', wait],
  ] as const
  return (
    <span className="bar" aria-hidden="true">
      {parts.map(([name, n]) => n > 0 && <i key={name} className={name} style={{ flexGrow: n }} />)}
      {parts.every(([, n]) => n === 0) && <i className="wait" style={{ flexGrow: 1 }} />}
    </span>
  )
}

function Said({ of: { state, machines, succeeded, failed }, isOpen }: { of: Group; isOpen: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const failures = failed > 0 && <span className="sr">, {t('rollout.failures', { count: failed })}</span>
  if (state === 'active')
    return (
      <span>
        {t('rollout.ofThem', { n: format.number(succeeded), of: format.number(machines) })}
        {failures}
      </span>
    )
  return (
    <span className="muted">
      {state !== 'wait'
        ? t(`groupState.${state}`)
        : isOpen
          ? t('rollout.waiting', { n: format.number(machines) })
          : t('groupState.over')}
      {failures}
    </span>
  )
}
