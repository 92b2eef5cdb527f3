import { Link, useRouterState } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { rolloutPageSchema } from '#core/contracts/rollout.ts'
import { Button } from '../../ui/Button.tsx'
import { Settings } from '../../ui/frame/Settings.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useCentral, useMe } from '../client/context.ts'
import { useGet } from '../client/queries.ts'

const screens = [
  ['/', 'fleet'],
  ['/rollouts', 'rollouts'],
  ['/registry', 'registry'],
  ['/performance', 'performance'],
  ['/feedback', 'feedback'],
  ['/alarms', 'alarms'],
  ['/audit', 'audit'],
  ['/settings', 'settings'],
] as const

/** Machines and how they enrol are a closer look at the fleet. */
const ofFleet = /^\/(machines|enrol)(\/|$)/

export function Rail() {
  const { t } = useTranslation()
  const format = useFormat()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const open = useGet(rolloutPageSchema, '/api/rollouts', {
    params: { open: true, limit: 100 },
    everyMs: 15_000,
  }).data?.items.length
  return (
    <div className="rail">
      <nav aria-label={t('frame.screens')}>
        {screens.map(([to, name]) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            aria-current={to === '/' && ofFleet.test(path) ? 'true' : undefined}
          >
            {t(`screens.${name}`)}
            {name === 'rollouts' && open !== undefined && open > 0 && (
              <span>
                {format.number(open)} <span className="sr">{t('frame.open')}</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="foot">
        <Me />
        <Settings />
      </div>
    </div>
  )
}

function Me() {
  const { t } = useTranslation()
  const central = useCentral()
  const { name, roles } = useMe()
  const highest = (['admin', 'approver', 'publisher', 'viewer'] as const).filter((role) =>
    roles.includes(role),
  )
  const shown = highest.length > 1 ? highest.filter((role) => role !== 'viewer') : highest
  const leave = async () => {
    // Where the server no longer answers, the next look at the session says so.
    await central.api.delete('/api/session').catch(() => undefined)
    await central.entered()
  }
  return (
    <div className="me">
      <p className="note">
        <span className="strong">{name}</span>
        <br />
        {shown.map((role) => t(`roles.${role}`)).join(', ')}
      </p>
      <Button className="bare" onPress={() => void leave()}>
        {t('signIn.out')}
      </Button>
    </div>
  )
}
