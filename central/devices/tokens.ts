import type { FastifyRequest } from 'fastify'
import { decodeJwt } from 'jose'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Base } from '../central.ts'
import type { DeviceRef } from '../sync/projector.ts'
import { accessTokenMs, makeAccessToken, tokenReader } from './access-token.ts'
import { addressOf } from './address.ts'
import { assertionSchema, signedClaims } from './assertion.ts'
import type { KnownDevices } from './known-devices.ts'
import { takeOnce } from './once.ts'
import { DeviceRefused, refusalOf } from './refused.ts'

export interface TokenParts {
  base: Pick<Base, 'db' | 'now' | 'publicUrl'>
  known: KnownDevices
  /** Of the server, for access tokens and nonces. */
  secret: () => Buffer
}

/** `POST /sync/v1/token`: private_key_jwt (RFC 7523) against an access token. */
export class Tokens {
  readonly #parts: TokenParts
  readonly #deviceOf = tokenReader()

  constructor(parts: TokenParts) {
    this.#parts = parts
  }

  /** @throws DeviceRefused · ClockDiffers */
  async grant(
    assertion: string,
  ): Promise<{ access_token: string; token_type: 'Bearer'; expires_in: number }> {
    const { base, known, secret } = this.#parts
    const device = issuerOf(assertion)
    const found = device === undefined ? undefined : await known.find(device)
    if (!found) throw new DeviceRefused('the assertion names no machine of this fleet')
    const signed = await signedClaims(assertion, found.key, assertionSchema)
    if ('problem' in signed) throw new DeviceRefused(`the assertion is refused: ${signed.problem}`)
    const { claims } = signed
    if (claims.iss !== found.device || claims.sub !== found.device)
      throw new DeviceRefused('the assertion is not by the machine that it is about')
    if (claims.aud !== addressOf(base))
      throw new DeviceRefused(
        `the assertion is for ${claims.aud.slice(0, 200)}, and this is ${addressOf(base)}`,
      )
    const refusal = refusalOf(found.state, found.why)
    if (refusal) throw refusal
    const nowMs = base.now()
    await takeOnce(base.db, secret(), found.device, claims, nowMs)
    return {
      access_token: await makeAccessToken(secret(), found.device, nowMs),
      token_type: 'Bearer',
      expires_in: accessTokenMs / 1000,
    }
  }

  /**
   * Whose request this is: a machine that may sync, and the one that the path names.
   * @throws EdgewrightError not-signed-in (ask for a token), device-refused, device-quarantined
   */
  async authenticate(request: FastifyRequest): Promise<DeviceRef> {
    const { base, known, secret } = this.#parts
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    const device = token === undefined ? undefined : await this.#deviceOf(secret(), token, base.now())
    if (device === undefined)
      throw new EdgewrightError('not-signed-in', 'no access token that holds came with this request', {
        hint: 'Ask for one: POST /sync/v1/token.',
      })
    if ((request.params as { device?: string }).device !== device)
      throw new DeviceRefused('the access token is that of another machine')
    const found = await known.find(device)
    if (!found) throw new DeviceRefused('this machine is not of this fleet')
    const refusal = refusalOf(found.state, found.why)
    if (refusal) throw refusal
    return { id: found.id, device, name: found.name, site: found.site }
  }
}

/** Who an assertion says it is by; nothing of it is verified yet. */
function issuerOf(assertion: string): string | undefined {
  try {
    const { iss } = decodeJwt(assertion)
    return typeof iss === 'string' && /^[0-9a-f]{64}$/.test(iss) ? iss : undefined
  } catch {
    return undefined // not even a JWT
  }
}
