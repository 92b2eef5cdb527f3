import { generateKeyPairSync, hash, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { makeAccessToken } from '#central/devices/access-token.ts'
import { startCentral } from '#central/main.ts'
import { serverSecret } from '#central/store/devices-secrets.ts'
import { reportOf } from '#support/central/joining.ts'
import { postRequests } from '../kit/http.ts'
import { serve } from '../kit/serve.ts'

/** Central with machines in it, and the requests that they would send. Arguments: data folder, address of the database. */
const [, , dataDir, databaseUrl] = process.argv
const silent = { info: () => undefined, warn: () => undefined, error: console.error }
const central = await startCentral({
  ...{ dataDir: dataDir!, databaseUrl: databaseUrl!, host: '127.0.0.1', port: 0, log: silent },
})
const { port } = new URL(central.url)
const to = { host: '127.0.0.1', port: Number(port) }

interface Machine {
  device: string
  publicKey: string
  privateKey: KeyObject
}
const machines: Machine[] = []

/** Enrolled machines with keys of their own, 40 at a site; each has told how it stands. */
async function seed(count: number): Promise<void> {
  const { db } = central.base
  while (machines.length < count) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
    machines.push({ device: hash('sha256', raw), publicKey: raw.toString('hex'), privateKey })
  }
  const now = new Date()
  for (let at = 0; at < count; at += 500)
    await db
      .insertInto('devices')
      .values(
        machines.slice(at, at + 500).map(({ device, publicKey: public_key }, n) => ({
          ...{ device, public_key, name: `machine ${at + n}`, site: `site-${Math.floor((at + n) / 40)}` },
          ...{ groups: [], state: 'enrolled' as const, enrolled_at: now, last_seen: now },
          ...{ report: JSON.stringify(reportOf('1.4.2')), report_at: now, alerts_high: 0, alerts_medium: 0 },
          models: JSON.stringify([{ id: 'press-wear', running: '1.4.2', held: null, state: 'running' }]),
        })),
      )
      .execute()
}

async function beats(count: number, withReport: boolean): Promise<Buffer[]> {
  const secret = await serverSecret(central.base.db, 'device-access', new Date())
  const requests = machines.slice(0, count).map(async ({ device }) => {
    const token = await makeAccessToken(secret, device, Date.now())
    const body = JSON.stringify({
      ...{ epoch: randomUUID(), bootId: device, monoMs: 1, wallMs: Date.now() },
      ...(withReport && { report: reportOf('1.4.2') }),
    })
    return postRequests(`/sync/v1/${device}/heartbeat`, { ...to, token }, [body])
  })
  return (await Promise.all(requests)).flat()
}

async function tokens(count: number): Promise<Buffer[]> {
  const iat = Math.floor(Date.now() / 1000)
  const bodies = Array.from({ length: count }, async (_, n) => {
    const { device, privateKey } = machines[n % machines.length]!
    const assertion = await new SignJWT({ iss: device, sub: device, aud: central.base.publicUrl() })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setJti(randomUUID())
      .setIssuedAt(iat)
      .setExpirationTime(iat + 60)
      .sign(privateKey)
    return JSON.stringify({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
  })
  return postRequests('/sync/v1/token', to, await Promise.all(bodies))
}

process.once('SIGTERM', () => void central.close().then(() => process.exit(0)))
serve(
  {
    seed: (count: never) => seed(count),
    beats: ({ count, withReport }: { count: number; withReport: boolean }) => beats(count, withReport),
    tokens: (count: never) => tokens(count),
  },
  { ...to, token: central.token },
)
