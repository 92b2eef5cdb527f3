import { appOrigin } from '../../ipc/calls.ts'

export type Navigation = 'allow' | 'open-outside' | 'deny'

/** Hosts whose https pages may open in the person's browser. None yet: no page of the console links anywhere. */
export const outsideHosts: readonly string[] = []

/** `new URL(…).origin` is 'null' for schemes that it does not know, so scheme and host are compared. */
const isAppPage = (url: URL) => `${url.protocol}//${url.host}` === appOrigin

function parse(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined
}

/** Where a frame of the window may go: the runtime's own pages and the app's. Whatever else is denied or opened outside. */
export function navigation(
  address: string,
  runtimeOrigin: string | undefined,
  outside: readonly string[] = outsideHosts,
): Navigation {
  const url = parse(address)
  if (url === undefined) return 'deny'
  if (isAppPage(url) || (runtimeOrigin !== undefined && url.origin === runtimeOrigin)) return 'allow'
  return mayOpenOutside(address, outside) ? 'open-outside' : 'deny'
}

/** https only, a listed host, no name or password in it. */
export function mayOpenOutside(address: string, outside: readonly string[] = outsideHosts): boolean {
  const url = parse(address)
  return (
    url !== undefined &&
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    outside.includes(url.host)
  )
}

/** Whether the window's session may fetch this at all. The console needs nothing but its runtime. */
export function mayRequest(address: string, runtimeOrigin: string | undefined, devTools: boolean): boolean {
  const url = parse(address)
  if (url === undefined) return false
  if (url.protocol === 'data:' || isAppPage(url)) return true
  if (url.protocol === 'blob:') return runtimeOrigin !== undefined && url.origin === runtimeOrigin
  if (url.protocol === 'devtools:') return devTools
  return runtimeOrigin !== undefined && url.origin === runtimeOrigin
}

/** Whether this is a link to the console of the runtime that we are with, which may open in the person's browser. */
export function mayShowRuntimeLink(address: string, runtimeOrigin: string | undefined): boolean {
  return runtimeOrigin !== undefined && parse(address)?.origin === runtimeOrigin
}
