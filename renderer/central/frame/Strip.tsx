import { useTranslation } from 'react-i18next'
import { deskStatusSchema } from '#core/contracts/deployments.ts'
import { type FleetSummary, fleetSummarySchema } from '#core/contracts/fleet.ts'
import { alarmFiguresSchema } from '#core/contracts/fleet-alerts.ts'
import { feedbackFiguresSchema } from '#core/contracts/review.ts'
import { Shape } from '../../ui/Shape.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useServerNow } from '../client/context.ts'
import { useGet } from '../client/queries.ts'

export const fleetEveryMs = 10_000
const figuresEveryMs = 60_000
const priorities = ['high', 'medium', 'low'] as const

/** The fleet in one line; each cell keeps its place whatever it says. */
export function Strip() {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  return (
    <header className="strip">
      <div>
        <span className="note">{t('strip.fleet')}</span>
        <span className="v">
          {fleet
            ? t('strip.size', {
                sites: t('strip.sites', { count: fleet.sites.length }),
                machines: t('strip.machines', { count: fleet.machines, n: format.number(fleet.machines) }),
              })
            : '…'}
        </span>
      </div>
      <Signed />
      <Today />
      <Alerts fleet={fleet} />
      <div className="clock">
        <span className="note">{t('strip.server', { day: format.weekday(nowMs) })}</span>
        <span className="v">{format.timeS(nowMs)}</span>
      </div>
    </header>
  )
}

/** The role of the signed metadata that ends first; short of a week's notice it stands in bold and on hatching. */
function Signed() {
  const { t } = useTranslation()
  const { data } = useGet(deskStatusSchema, '/api/signing', { everyMs: figuresEveryMs })
  const first = data?.expires.toSorted((a, b) => a.inDays - b.inDays)[0]
  const said = () => {
    if (!data) return '…'
    if (!data.repository || !first) return t('strip.unsigned')
    if (first.inDays < 0) return t('strip.expired', { role: first.role })
    return t('strip.goodFor', { count: Math.floor(first.inDays) })
  }
  return (
    <div>
      <span className="note">{t('strip.signed')}</span>
      <span className={first?.soon ? 'v strong' : 'v'}>{said()}</span>
    </div>
  )
}

/** Since midnight of whoever looks. An answer may be to an alert of yesterday: the two are no share. */
function Today() {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(figuresEveryMs)
  const midnight = new Date(nowMs)
  midnight.setHours(0, 0, 0, 0)
  const params = { from: midnight.toISOString() }
  const answers = useGet(feedbackFiguresSchema, '/api/feedback/figures', { params, everyMs: figuresEveryMs })
  const alerts = useGet(alarmFiguresSchema, '/api/alarm-figures', { params, everyMs: figuresEveryMs })
  return (
    <div>
      <span className="note">{t('strip.today')}</span>
      <span className="v">
        {answers.data && alerts.data
          ? t('strip.answered', {
              answers: t('strip.answersN', {
                count: answers.data.all.n,
                n: format.number(answers.data.all.n),
              }),
              alerts: t('strip.alerts', { count: alerts.data.raised, n: format.number(alerts.data.raised) }),
            })
          : '…'}
      </span>
    </div>
  )
}

function Alerts({ fleet }: { fleet: FleetSummary | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <div>
      <span className="note">{t('strip.open')}</span>
      <span className="v counts">
        {priorities.map((priority, i) => {
          const count = fleet?.alerts[priority] ?? 0
          return (
            <span key={priority} className={count === 0 ? 'muted' : undefined}>
              <Shape p={i + 1} none={count === 0} />
              <span className="sr">{t(`priority.${priority}`)}: </span>
              {fleet ? format.number(count) : '…'}
            </span>
          )
        })}
      </span>
    </div>
  )
}
