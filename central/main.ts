import { randomUUID } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Server as SecureServer } from 'node:tls'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { createAccounts } from './accounts/create-accounts.ts'
import { type Derive, PasswordDesk } from './accounts/passwords.ts'
import { buildApp } from './app.ts'
import { createAreas } from './areas.ts'
import type { S3Settings } from './artefacts/s3-artefacts.ts'
import type { Base, Log } from './central.ts'
import { localToken } from './local-token.ts'
import type { NotifySettings } from './notify/settings.ts'
import type { SigningKey } from './registry/key.ts'
import { hostNames, refuseInTheClear, urlHost } from './server/address.ts'
import { removeCentralInfo, writeCentralInfo } from './server/info.ts'
import { lockDataFolder } from './server/lock.ts'
import { openLog, tellOnce } from './server/log.ts'
import { Metrics, watchPool } from './server/metrics.ts'
import { readTls, type TlsFiles, watchTls } from './server/tls.ts'
import { openDatabase } from './store/database.ts'
import { startEmbedded } from './store/embedded.ts'
import { instanceOf } from './store/instance.ts'
import { record } from './store/log.ts'
import { onlyOne } from './store/only-one.ts'

export interface CentralConfig {
  dataDir: string
  host: string
  /** 0: any free one. */
  port: number
  /** postgres://…; absent: the embedded server, with its data in the data folder. */
  databaseUrl?: string
  /** As machines and people reach it, where that is not what it listens on. */
  publicUrl?: string
  /** PEM files; needed for whatever is no loopback address, but behind a proxy that speaks TLS itself. */
  tls?: TlsFiles
  behindProxy?: boolean
  /** Where the built fleet console lies. */
  rendererDir?: string
  /** Called where another central has taken over its database: this one must end. */
  lost?: () => void
  /** Online keys of the signed repository in DATA/repository: timestamp, snapshot, and of sites (registry/online-keys.ts). */
  keys?: readonly SigningKey[]
  /** Where artefacts lie (artefacts/s3-artefacts.ts); absent: DATA/artefacts. */
  s3?: S3Settings
  /** E-mail and webhooks (notify/settings.ts); absent: no e-mail, and no webhook in a private network. */
  notify?: NotifySettings
  /** Hears of every route; for tests that go through all of them. */
  onRoute?: (route: RouteOptions) => void
  /** How a password becomes a key: scrypt. Tests that are not about it have a cheaper one. */
  derive?: Derive
  now?: () => number
  random?: () => number
  log?: Log
}

export interface RunningCentral {
  url: string
  token: string
  base: Base
  /** A link with which the first admin sets name and password; undefined: somebody has an account. */
  firstLink: string | undefined
  close: () => Promise<void>
}

const tickMs = 1_000
const tlsMs = 60_000
const graceMs = 10_000

/** Composition root of the fleet's server: builds everything once, starts. */
export async function startCentral(config: CentralConfig): Promise<RunningCentral> {
  refuseInTheClear(config)
  const tls = config.tls && readTls(config.tls)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(config.dataDir)
  const now = config.now ?? Date.now
  const log = config.log ?? openLog()
  const failed = tellOnce(log, now)
  const closers: (() => unknown)[] = []
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await Promise.resolve().then(close).catch(failed) // the others must still be closed
  }
  try {
    const lock = await lockDataFolder(dataDir)
    closers.push(lock.release)
    const token = await localToken(dataDir, 'token')
    const databaseUrl = config.databaseUrl ?? (await embedded(dataDir, log, closers))
    const only = await onlyOne(databaseUrl, { failed, lost: config.lost ?? (() => undefined) })
    closers.push(only.release)
    const { db, pool, close } = await openDatabase(databaseUrl, { failed })
    closers.push(close)
    const instance = await instanceOf(db, { now, randomUUID })
    let [url, port] = ['', config.port]
    const base: Base = {
      ...{ db, dataDir, now, randomUUID, log, failed },
      publicUrl: () => url,
      random: config.random ?? Math.random,
      record: (kind, by, body) => record(db, now(), kind, by, body),
      metrics: new Metrics(),
      instance: () => instance.id,
    }
    watchPool(base.metrics, pool)
    if (instance.renewed) await base.record('instance.renewed', 'central', { instance: instance.id })
    const accounts = createAccounts(base, () => port, new PasswordDesk(config.derive))
    const areas = [
      accounts,
      ...(await createAreas(base, { keys: config.keys ?? [], s3: config.s3, notify: config.notify })),
    ]
    for (const { start } of areas) await start?.()
    for (const { close } of areas) if (close) closers.push(close)
    const hosts = () => hostNames(url, config.host, port)
    const app = await buildApp(
      base,
      {
        ...{ token, sessionOf: accounts.sessionOf, tokenOf: accounts.tokenOf, hosts },
        origins: () => [new URL(url).origin, ...hosts().map((host) => `${tls ? 'https' : 'http'}://${host}`)],
        readOnly: { token: await localToken(dataDir, 'metrics-token'), url: '/metrics' },
      },
      areas.flatMap(({ routes }) => routes ?? []),
      {
        ...(tls && { tls }),
        ...(config.behindProxy && { behindProxy: true }),
        ...(config.onRoute && { onRoute: config.onRoute }),
        ...(config.rendererDir !== undefined && { rendererDir: config.rendererDir }),
      },
    )
    closers.push(() => closeApp(app))
    for (const { tick } of areas) if (tick) closers.push(every(tickMs, tick, failed))
    if (config.tls) {
      const secure = app.server as unknown as SecureServer
      closers.push(
        every(
          tlsMs,
          watchTls(config.tls, (read) => secure.setSecureContext(read)),
          failed,
        ),
      )
    }
    port = await listen(app, config)
    const local = `${tls ? 'https' : 'http'}://${urlHost(config.host)}:${port}`
    url = new URL(config.publicUrl ?? local).origin
    await writeCentralInfo(dataDir, { pid: process.pid, address: local, publicUrl: url })
    closers.push(() => removeCentralInfo(dataDir))
    const code = await accounts.firstCode()
    return {
      ...{ url: local, token, base, close: closeAll },
      firstLink: code === undefined ? undefined : `${url}/#code=${code}`,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function embedded(dataDir: string, log: Log, closers: (() => unknown)[]): Promise<string> {
  const { url, close } = await startEmbedded(dataDir, log)
  closers.push(close)
  return url
}

/** Requests under way have a while to end; what then still streams is cut off. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  await app.close().finally(() => clearTimeout(cut))
}

async function listen(app: FastifyInstance, { host, port }: Pick<CentralConfig, 'host' | 'port'>) {
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause
    throw new EdgewrightError('address-in-use', `something else listens on ${host}:${port}`, { cause })
  })
  return (app.server.address() as AddressInfo).port
}

/** Runs `work` again and again, never twice at once; answers what ends it, once the last turn is over. */
function every(ms: number, work: () => Promise<void>, failed: (error: unknown) => void): () => Promise<void> {
  let busy: Promise<void> | undefined
  const timer = setInterval(() => {
    busy ??= work()
      .catch(failed)
      .finally(() => {
        busy = undefined
      })
  }, ms)
  return async () => {
    clearInterval(timer)
    await busy
  }
}
