import { EdgewrightError } from '#core/contracts/errors.ts'

/**
 * The address of a repository, its path with a `/` at the end.
 * @throws EdgewrightError request-invalid where it cannot be used
 */
export function usableAddress(address: string): URL {
  const refuse = (why: string) => new EdgewrightError('request-invalid', `updates cannot be fetched: ${why}`)
  if (!URL.canParse(address)) throw refuse(`${JSON.stringify(address)} is no address`)
  const base = new URL(address)
  if (base.protocol !== 'http:' && base.protocol !== 'https:')
    throw refuse(`${base.protocol} is neither http: nor https:`)
  if (base.username !== '' || base.password !== '')
    throw refuse('an address that carries a user’s name or password is not taken')
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

/** As it is shown and recorded: what stands after `?` may be a secret that the server asks for. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address
  const { origin, pathname, search } = new URL(address)
  return `${origin}${pathname}${search === '' ? '' : '?…'}`
}
