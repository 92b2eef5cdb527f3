import { app, type Session, shell, type WebContents } from 'electron'
import { mayOpenOutside, mayRequest, navigation } from './decide/navigation.ts'

export interface GuardParts {
  /** Where the runtime's console is, at this moment. */
  origin: () => string | undefined
  devTools: boolean
  log: (line: string) => void
}

/** What holds for every page that this app ever makes, before any is made. */
export function guardPages({ origin, log }: GuardParts): void {
  const judge = (event: { preventDefault: () => void }, url: string) => {
    const verdict = navigation(url, origin())
    if (verdict === 'allow') return
    event.preventDefault()
    log(`Navigation ${verdict === 'deny' ? 'denied' : 'opened outside'}: ${url.slice(0, 200)}`)
    if (verdict === 'open-outside') openOutside(url, log)
  }
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.on('will-navigate', (event) => judge(event, event.url))
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame) judge(event, event.url)
    })
    contents.on('will-redirect', (event) => judge(event, event.url))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      if (navigation(url, origin()) === 'open-outside') openOutside(url, log)
      else log(`A new window was denied: ${url.slice(0, 200)}`)
      return { action: 'deny' }
    })
  })
}

function openOutside(url: string, log: (line: string) => void): void {
  if (!mayOpenOutside(url)) return
  shell.openExternal(url).catch((error: unknown) => log(`${url} did not open: ${String(error)}`))
}

/** No permission is given, nothing is fetched but from the runtime, nothing is saved but what the runtime sends. */
export function guardSession(session: Session, { origin, devTools, log }: GuardParts): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    log(`Permission denied: ${permission}`)
    answer(false)
  })
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null))
  session.webRequest.onBeforeRequest((details, answer) => {
    const cancel = !mayRequest(details.url, origin(), devTools)
    if (cancel) log(`Request denied: ${details.url.slice(0, 200)}`)
    answer({ cancel })
  })
  session.on('will-download', (event, item) => {
    if (navigation(item.getURL(), origin()) !== 'allow') event.preventDefault()
  })
}
