import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** Other machines may only come in over TLS, which is not built yet. */
export function refuseForeignHost(host: string): void {
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return
  throw new EdgewrightError(
    'address-refused',
    `${host} is no loopback address, and other machines may only come in over TLS, which this version does not have`,
  )
}

export const urlHost = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)

/** Answers the port that it listens on. @throws EdgewrightError address-in-use */
export async function listen(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<number> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new EdgewrightError('address-in-use', `something else listens on ${host}:${port}`, { cause: error })
  }
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
