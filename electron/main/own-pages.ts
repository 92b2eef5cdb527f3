import { randomBytes } from 'node:crypto'
import { protocol, type Session } from 'electron'
import { appOrigin, appScheme } from '../ipc/calls.ts'
import { pageHtml, pagePolicy } from './decide/page-html.ts'
import type { Page } from './decide/pages.ts'

/** Address of the page that shows whatever `current` is at that moment. */
export const ownPageAddress = `${appOrigin}/`

/** To be called before the app is ready: the pages' origin is one of its own, with no access to files. */
export function declareOwnPages(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true } }])
}

/** Answers the app's own pages from memory, with a policy that lets them load nothing. */
export function serveOwnPages(session: Session, current: () => Page): void {
  session.protocol.handle(appScheme, () => {
    const nonce = randomBytes(16).toString('base64')
    return new Response(pageHtml(current(), nonce), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pagePolicy(nonce),
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    })
  })
}
