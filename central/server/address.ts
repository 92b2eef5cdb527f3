import { isIP } from 'node:net'
import { EdgewrightError } from '#core/contracts/errors.ts'

export interface Listening {
  host: string
  /** Certificate chain and key, PEM files. */
  tls?: { cert: string; key: string }
  /** Something in front speaks TLS with everybody else, and says who they are (X-Forwarded-For). */
  behindProxy?: boolean
  /** As machines and people reach it. */
  publicUrl?: string
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
const isWildcard = (host: string) => host === '0.0.0.0' || host === '::'

export const urlHost = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)

/** Passwords and machines' tokens cross no network in the clear. @throws EdgewrightError address-refused */
export function refuseInTheClear({ host, tls, behindProxy, publicUrl }: Listening): void {
  const refused = (what: string, hint: string) => new EdgewrightError('address-refused', what, { hint })
  if (!isLoopback(host) && !tls && !behindProxy)
    throw refused(
      `${host} is no loopback address, and what people and machines send may not cross a network in the clear`,
      'Give --tls-cert and --tls-key; or --behind-proxy, where something in front of it speaks TLS.',
    )
  if (publicUrl === undefined) {
    if (isWildcard(host) || behindProxy)
      throw refused(
        `nobody can reach ${host} by that name`,
        'Say how machines and people reach it: --public-url https://central.example.org.',
      )
    return
  }
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash)
    throw refused(
      `"${publicUrl}" is no address such as https://central.example.org`,
      'Give scheme, name and port only.',
    )
  if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    throw refused(
      `${publicUrl} would be in the clear`,
      'The address that machines and people use is https://….',
    )
}

/** Names that a browser may ask it by, as in the header Host; any other may be a page that rebound its own name to this address. */
export function hostNames(publicUrl: string, host: string, port: number): readonly string[] {
  const own = isWildcard(host) ? [] : [`${urlHost(host)}:${port}`]
  const loopback = isLoopback(host) || isWildcard(host) ? [`localhost:${port}`, `127.0.0.1:${port}`] : []
  return [...new Set([new URL(publicUrl).host, ...own, ...loopback])]
}
