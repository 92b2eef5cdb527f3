import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type Alert, alertSchema } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { Button } from '../../ui/Button.tsx'
import { ActionTrouble } from '../alert/ActionTrouble.tsx'
import { subjectName } from '../alert/about.ts'
import { rank } from '../alert/order.ts'
import { Plate } from '../alert/Plate.tsx'
import { useEdge } from '../client/context.ts'
import { alertTitle, useFormat } from '../words.ts'
import { type FloodGroup, floodGroups, recent } from './flood.ts'

/** Requests that are under way at once while a whole group is acknowledged. */
const atOnce = 8

/** Assets that are named; of the others only how many. */
const named = 4

interface Props {
  alerts: readonly Alert[]
  nowMs: number
  onShowEach: () => void
}

/** More alerts than anybody can read, grouped by cause. */
export function Flood({ alerts, nowMs, onShowEach }: Props) {
  const { t } = useTranslation()
  const groups = floodGroups(alerts, nowMs)
  return (
    <section className="flood" aria-label={t('now.list')}>
      <header>
        <div>
          <h2 className="say">
            {t('flood.title', {
              count: recent(alerts, nowMs).length,
              causes: t('flood.causes', { count: groups.length }),
            })}
          </h2>
          <p className="muted">{t('flood.since')}</p>
        </div>
        <Button onPress={onShowEach}>{t('flood.show')}</Button>
      </header>
      <ol>
        {groups.map((group) => (
          <FloodRow key={group.key} group={group} />
        ))}
      </ol>
    </section>
  )
}

function FloodRow({ group }: { group: FloodGroup }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const edge = useEdge()
  const first = group.alerts[0]
  const open = group.alerts.filter(({ state }) => state !== 'acknowledged')
  const acknowledge = useMutation({
    mutationFn: async () => {
      for (let i = 0; i < open.length; i += atOnce)
        for (const alert of await Promise.all(
          open
            .slice(i, i + atOnce)
            .map(({ id }) =>
              edge.api.post(alertSchema, `/api/alerts/${encodeURIComponent(id)}/acknowledge`, {}),
            ),
        ))
          edge.saw(alert)
    },
    onError: () => edge.queries.invalidateQueries({ queryKey: ['alerts'] }),
  })
  if (!first) return null
  const alone = group.alerts.length === 1
  const assets = [...new Set(group.alerts.map((alert) => subjectName(alert, i18n.language)))].sort(
    format.compare,
  )
  const more = assets.length - named
  return (
    <li data-p={rank[first.priority]}>
      <Plate alert={{ ...first, state: open[0]?.state ?? 'acknowledged' }}>{null}</Plate>
      <span className="cause">
        {alone ? (
          <Link className="strong" to="/alerts/$id" params={{ id: first.id }}>
            {alertTitle(first, i18n.language)}
          </Link>
        ) : (
          <>
            <span className="strong">{say(first.title, i18n.language)}</span>
            <span className="muted">
              {more > 0
                ? t('flood.assetsMore', { assets: assets.slice(0, named).join(', '), count: more })
                : t('flood.assets', { assets: format.list(assets) })}
            </span>
          </>
        )}
      </span>
      <b>{format.number(group.alerts.length)}</b>
      <Minutes counts={group.perMinute} />
      <span>
        <Button off={open.length === 0} busy={acknowledge.isPending} onPress={() => acknowledge.mutate()}>
          {open.length > 1 ? t('flood.acknowledgeAll', { count: open.length }) : t('button.acknowledge')}
        </Button>
        <ActionTrouble error={acknowledge.error} />
      </span>
    </li>
  )
}

function Minutes({ counts }: { counts: readonly number[] }) {
  const highest = Math.max(1, ...counts)
  const bars = counts
    .map((count, i) => `M${i * 12} 39v${(-39 * count) / highest}h10v${(39 * count) / highest}z`)
    .join('')
  return (
    <svg width="120" height="40" viewBox="0 0 120 40" aria-hidden="true">
      <path d={bars} fill="var(--ink-3)" />
      <path d="M0 39.5H120" stroke="var(--ink-3)" />
    </svg>
  )
}
