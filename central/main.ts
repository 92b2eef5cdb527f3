import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { createAreas } from './areas.ts'
import type { Base, Log } from './central.ts'
import { localToken } from './local-token.ts'
import type { SigningKey } from './registry/key.ts'
import { Metrics } from './server/metrics.ts'
import { openDatabase } from './store/database.ts'
import { instanceOf } from './store/instance.ts'
import { record } from './store/log.ts'

export interface CentralConfig {
  dataDir: string
  host: string
  /** 0: any free one. */
  port: number
  /** postgres://…; absent: the embedded server, with its data in the data folder. */
  databaseUrl?: string
  /** As machines and people reach it, where that is not what it listens on. */
  publicUrl?: string
  /** Online keys of the signed repository in DATA/repository: timestamp, snapshot, and of sites (registry/online-keys.ts). */
  keys?: readonly SigningKey[]
  now?: () => number
  random?: () => number
  log?: Log
}

export interface RunningCentral {
  url: string
  token: string
  base: Base
  close: () => Promise<void>
}

const tickMs = 1_000

/** Composition root of the fleet's server: builds everything once, starts. */
export async function startCentral(config: CentralConfig): Promise<RunningCentral> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const now = config.now ?? Date.now
  const log = config.log ?? pino({ base: null })
  const failed = (error: unknown) =>
    log.error({ err: error }, 'something went wrong where nobody waits for an answer')
  const closers: (() => unknown)[] = []
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await Promise.resolve(close()).catch(failed) // the others must still be closed
  }
  try {
    const token = await localToken(config.dataDir)
    if (config.databaseUrl === undefined) throw new Error('the embedded database comes next')
    const { db, close } = await openDatabase(config.databaseUrl, { failed })
    closers.push(close)
    const instance = await instanceOf(db, { now, randomUUID })
    let url = config.publicUrl ?? ''
    const base: Base = {
      db,
      dataDir: config.dataDir,
      publicUrl: () => url,
      now,
      random: config.random ?? Math.random,
      randomUUID,
      log,
      failed,
      record: (kind, by, body) => record(db, now(), kind, by, body),
      metrics: new Metrics(),
      instance: () => instance.id,
    }
    const areas = await createAreas(base, { keys: config.keys ?? [] })
    for (const { start } of areas) await start?.()
    for (const { close } of areas) if (close) closers.push(close)
    const app = await buildApp(
      base,
      { token, sessionOf: async () => undefined },
      areas.flatMap(({ routes }) => routes ?? []),
    )
    closers.push(() => app.close())
    for (const { tick } of areas) if (tick) closers.push(every(tickMs, tick, failed))
    await app.listen({ host: config.host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    const local = `http://${config.host}:${port}`
    url ||= local
    return { url: local, token, base, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
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
