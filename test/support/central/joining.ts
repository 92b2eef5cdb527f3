import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { DeviceSummary, MadeJoinCode } from '#core/contracts/fleet.ts'
import {
  type DeviceReport,
  type EnrolAnswer,
  type HeartbeatAnswer,
  type JoinCode,
  joinCodePrefix,
} from '#core/contracts/sync.ts'
import type { CentralSite } from './central-site.ts'

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

export interface TestKey {
  privateKey: KeyObject
  publicKey: string
  device: string
}

export function testKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { privateKey, publicKey: raw.toString('hex'), device: sha256(raw) }
}

export const readCode = (code: string): JoinCode =>
  JSON.parse(Buffer.from(code.slice(joinCodePrefix.length), 'base64url').toString()) as JoinCode

/** What the machine signs; every claim can be another one than it should be. */
export function signed(key: TestKey, claims: Record<string, unknown>, nowMs: number): Promise<string> {
  const seconds = Math.floor(nowMs / 1000)
  return new SignJWT({ jti: randomUUID(), iat: seconds, exp: seconds + 60, ...claims })
    .setProtectedHeader({ alg: 'EdDSA' })
    .sign(key.privateKey)
}

export interface Refused {
  error: { code: string; message: string }
  state?: string
  nonce?: string
  serverMs?: number
}

/** A machine without a runtime: it says what machines say, and what they must not. */
export class Joiner {
  readonly site: CentralSite
  readonly key: TestKey
  readonly now: () => number
  name = 'press 4'
  bootId: string = randomUUID()
  readonly epoch: string = randomUUID()
  token = ''

  constructor(site: CentralSite, now: () => number = Date.now, key: TestKey = testKey()) {
    this.site = site
    this.now = now
    this.key = key
  }

  get device(): string {
    return this.key.device
  }

  async enrol(code: JoinCode, changes: { site?: string; claims?: object; key?: TestKey } = {}) {
    const claims = { aud: code.url, token_sha256: sha256(code.token), ...changes.claims }
    return this.site.ask<EnrolAnswer & Refused>('POST', '/sync/v1/enrol', {
      token: code.token,
      publicKey: this.key.publicKey,
      machine: this.name,
      site: changes.site ?? code.site,
      proof: await signed(changes.key ?? this.key, claims, this.now()),
    })
  }

  assertion(claims: object = {}, key: TestKey = this.key): Promise<string> {
    const own = { iss: this.device, sub: this.device, aud: this.site.base.publicUrl() }
    return signed(key, { ...own, ...claims }, this.now())
  }

  askToken(assertion: string) {
    return this.site.ask<{ access_token: string; expires_in: number } & Refused>('POST', '/sync/v1/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
  }

  /** Asks for an access token and keeps it. */
  async signIn(): Promise<void> {
    const { status, body } = await this.askToken(await this.assertion())
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`)
    this.token = body.access_token
  }

  beat(more: object = {}, device = this.device) {
    const beat = { epoch: this.epoch, bootId: this.bootId, monoMs: 1, wallMs: this.now(), ...more }
    return this.site.ask<HeartbeatAnswer & Refused>('POST', `/sync/v1/${device}/heartbeat`, beat, {
      authorization: `Bearer ${this.token}`,
    })
  }
}

export async function joinCode(site: CentralSite, more: object = {}): Promise<JoinCode> {
  const { status, body } = await site.ask<MadeJoinCode>('POST', '/api/join-codes', {
    site: 'plant-a',
    ...more,
  })
  if (status !== 201) throw new Error(`no join code: ${JSON.stringify(body)}`)
  return readCode(body.code)
}

/** Enrolled, confirmed and with a token. */
export async function joined(
  site: CentralSite,
  more: { name?: string; code?: object; now?: () => number } = {},
): Promise<Joiner> {
  const machine = new Joiner(site, more.now)
  if (more.name !== undefined) machine.name = more.name
  await machine.enrol(await joinCode(site, more.code))
  const confirmed = await site.ask<DeviceSummary>('POST', `/api/devices/${machine.device}/confirm`, {
    fingerprint: machine.device.slice(0, 16),
  })
  if (confirmed.status !== 200) throw new Error(`not confirmed: ${JSON.stringify(confirmed.body)}`)
  await machine.signIn()
  return machine
}

const slot = (version: string, deployment: object) => ({
  ...{ version, release: 1, digest: sha256(version), bytes: 10, installedAt: '2026-01-01T00:00:00Z' },
  ...{ installedBy: 'central', signedBy: ['A'], deployment, lane: null, provider: 'cpu', selfTest: null },
  ...{ qualification: null, memoryMb: null },
})

/** How a machine stands that runs one version of one model. */
export function reportOf(
  version: string,
  more: Partial<DeviceReport> & { held?: { version: string; reason: string }; model?: string } = {},
): DeviceReport {
  const { held, model = 'press-wear', ...rest } = more
  const who = { since: '2026-01-01T00:00:00Z', by: 'M. Sato', reason: held?.reason ?? 'first' }
  return {
    machine: 'press 4',
    version: '0.1.0',
    startedAtMs: 1.8e12,
    platform: 'linux-x64',
    models: [
      {
        id: model,
        title: { en: 'Press wear' },
        slots: {
          running: slot(version, { state: 'running', ...who }),
          previous: null,
          staged: held ? slot(held.version, { state: 'rolled-back', ...who, ms: 3 }) : null,
        },
        answeredBy: 'model',
        rollback: null,
        lastRollback: null,
      },
    ] as unknown as DeviceReport['models'],
    updates: {
      trust: 'current',
      root: null,
      progress: [],
      lastCheck: null,
      clock: { systemMs: 1, floorMs: 1, behind: false },
      busy: false,
    },
    alerts: { high: 0, medium: 0, low: 0, shelved: 0 },
    waiting: { events: { rows: 3, oldestMs: null }, inference: { rows: 900, oldestMs: null } },
    newestReadingAtMs: null,
    allowUnsigned: false,
    diskFreeBytes: 2 ** 36,
    ...rest,
  }
}
