import { createRootRoute, createRoute, createRouter, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { BrokenPage } from '../ui/frame/Broken.tsx'
import { AlertPage } from './alert/AlertPage.tsx'
import { Device } from './device/Device.tsx'
import { Frame } from './frame/Frame.tsx'
import { Now } from './now/Now.tsx'
import { Recent } from './recent/Recent.tsx'
import { Shelved } from './shelved/Shelved.tsx'
import { Swap } from './swap/Swap.tsx'
import { ImportUsb } from './usb/ImportUsb.tsx'
import { Models } from './versions/Models.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound })
const routes = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: Now }),
  createRoute({ getParentRoute: () => root, path: '/alerts/$id', component: AlertPage }),
  createRoute({ getParentRoute: () => root, path: '/shelved', component: Shelved }),
  createRoute({ getParentRoute: () => root, path: '/recent', component: Recent }),
  createRoute({ getParentRoute: () => root, path: '/device', component: Device }),
  createRoute({ getParentRoute: () => root, path: '/models', component: Models }),
  createRoute({ getParentRoute: () => root, path: '/swap', component: Swap }),
  createRoute({ getParentRoute: () => root, path: '/import', component: ImportUsb }),
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

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}

function NotFound() {
  const { t } = useTranslation()
  return (
    <section className="panel notice">
      <h1 className="say" tabIndex={-1}>
        {t('notFound.title')}
      </h1>
      <Link className="btn" to="/">
        {t('button.toNow')}
      </Link>
    </section>
  )
}
