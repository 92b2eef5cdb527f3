import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { Button } from '../../ui/Button.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useServerNow } from '../client/context.ts'
import { useDeploy } from '../client/deploy.ts'
import { useFormat } from '../words.ts'
import { drillBars, drillRange } from './figures.ts'
import { usePerson } from './use-chosen.ts'

/** The way back, rehearsed: the last result in words, the last twelve as bars, and one more on request. */
export function Drills({ model }: { model: ModelSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const words = useFailureWords()
  const drill = useDeploy(model)
  const [person] = usePerson()
  const [last] = model.drills
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  const off = model.rollback === null
  const name = person.trim()
  const run = () =>
    drill.mutate({ do: 'drill', ask: { reason: t('drill.reason'), ...(name !== '' && { person: name }) } })
  return (
    <section className="drill">
      <h2>
        {last ? t(last.passed ? 'drill.passed' : 'drill.failed', { time: at(last.at) }) : t('drill.never')}
      </h2>
      {last && <LastDrill drill={last} />}
      <Bars model={model} />
      <Button off={off} busy={drill.isPending} onPress={run}>
        {t(drill.isPending ? 'drill.busy' : 'drill.now')}
      </Button>
      {off && <p className="note">{t('drill.off')}</p>}
      {drill.error && (
        <p className="trouble" role="alert">
          {words(drill.error)}
        </p>
      )}
    </section>
  )
}

function LastDrill({ drill }: { drill: ModelSummary['drills'][number] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { thereMs, backMs, readings, lost, problem } = drill
  const lostText =
    readings === 0
      ? t('drill.noReadings')
      : lost === 0
        ? t('drill.noneLost', { count: readings })
        : t('drill.lost', { lost, readings })
  return (
    <p role="status">
      {thereMs !== null && backMs !== null && (
        <>{t('drill.times', { there: format.ms(thereMs), back: format.ms(backMs) })} </>
      )}
      {lostText}
      {problem !== undefined && <span lang="en"> {problem}</span>}
    </p>
  )
}

function Bars({ model }: { model: ModelSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const bars = drillBars(model.drills)
  const range = drillRange(model.drills)
  const spread = (min: string, max: string) => (min === max ? min : t('drill.range', { min, max }))
  const failed = model.drills.filter(({ passed }) => !passed).length
  const label = [
    t('drill.count', { count: bars.length }),
    ...(range ? [spread(format.ms(range.min), format.ms(range.max))] : []),
    ...(failed > 0 ? [t('drill.countFailed', { count: failed })] : []),
  ].join(', ')
  const next = model.nextDrillAt
    ? t('drill.next', { time: format.dateTime(Date.parse(model.nextDrillAt)) })
    : model.slots.previous
      ? t('drill.onRequest')
      : ''
  if (bars.length === 0) return <p className="note">{next}</p>
  return (
    <>
      <svg className="drill-bars" width="280" height="46" viewBox="0 0 280 46" role="img" aria-label={label}>
        {bars.map(({ failed: bad, percent }, i) => {
          const height = Math.round((percent / 100) * 36)
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: bars stand by their place
              key={i}
              className={bad ? 'bad' : i === bars.length - 1 ? 'last' : undefined}
              x={i * 24 + 1}
              y={44 - height}
              width={14}
              height={height}
              rx={1}
            />
          )
        })}
        <path d="M0 45.5H280" />
      </svg>
      <p className="note">
        {label}. {next}
      </p>
    </>
  )
}
