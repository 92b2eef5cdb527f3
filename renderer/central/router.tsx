import { createRootRoute, createRoute, createRouter, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { BrokenPage } from '../ui/frame/Broken.tsx'
import { Alarms } from './alarms/Alarms.tsx'
import { Audit } from './audit/Audit.tsx'
import { auditFilterSchema } from './audit/audit-filter.ts'
import { Feedback } from './feedback/Feedback.tsx'
import { feedbackFilterSchema } from './feedback/feedback-filter.ts'
import { Retraining } from './feedback/Retraining.tsx'
import { Enrol } from './fleet/Enrol.tsx'
import { Fleet } from './fleet/Fleet.tsx'
import { Machine } from './fleet/Machine.tsx'
import { Machines } from './fleet/Machines.tsx'
import { machineFilterSchema } from './fleet/machine-filter.ts'
import { Frame } from './frame/Frame.tsx'
import { Page } from './parts/Page.tsx'
import { Performance } from './performance/Performance.tsx'
import { performanceFilterSchema } from './performance/performance-filter.ts'
import { Model } from './registry/Model.tsx'
import { Registry } from './registry/Registry.tsx'
import { Version } from './registry/Version.tsx'
import { NewRollout } from './rollouts/NewRollout.tsx'
import { Rollout } from './rollouts/Rollout.tsx'
import { Rollouts } from './rollouts/Rollouts.tsx'
import { Settings } from './settings/Settings.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound })
const at = { getParentRoute: () => root } as const
const routes = root.addChildren([
  createRoute({ ...at, path: '/', component: Fleet }),
  createRoute({
    ...at,
    path: '/machines',
    component: Machines,
    validateSearch: (search) => machineFilterSchema.parse(search),
  }),
  createRoute({ ...at, path: '/machines/$device', component: Machine }),
  createRoute({ ...at, path: '/enrol', component: Enrol }),
  createRoute({ ...at, path: '/rollouts', component: Rollouts }),
  createRoute({ ...at, path: '/rollouts/new', component: NewRollout }),
  createRoute({ ...at, path: '/rollouts/$id', component: Rollout }),
  createRoute({ ...at, path: '/registry', component: Registry }),
  createRoute({ ...at, path: '/registry/$model', component: Model }),
  createRoute({ ...at, path: '/registry/$model/$version', component: Version }),
  createRoute({
    ...at,
    path: '/performance',
    component: Performance,
    validateSearch: (search) => performanceFilterSchema.parse(search),
  }),
  createRoute({
    ...at,
    path: '/feedback',
    component: Feedback,
    validateSearch: (search) => feedbackFilterSchema.parse(search),
  }),
  createRoute({ ...at, path: '/feedback/retraining', component: Retraining }),
  createRoute({ ...at, path: '/alarms', component: Alarms }),
  createRoute({
    ...at,
    path: '/audit',
    component: Audit,
    validateSearch: (search) => auditFilterSchema.parse(search),
  }),
  createRoute({ ...at, path: '/settings', component: Settings }),
])

export function makeRouter() {
  return createRouter({
    routeTree: routes,
    defaultPreload: false,
    defaultErrorComponent: ({ error }) => (
      <BrokenPage error={error instanceof Error ? error : new Error(String(error))} />
    ),
  })
}

function NotFound() {
  const { t } = useTranslation()
  return (
    <Page title={t('frame.notFound')}>
      <Link className="btn" to="/">
        {t('frame.toFleet')}
      </Link>
    </Page>
  )
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
