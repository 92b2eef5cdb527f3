import { zstdCompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '#central/app.ts'
import type { Area } from '#central/area.ts'
import type { Base } from '#central/central.ts'
import { Metrics } from '#central/server/metrics.ts'
import type { CentralKey } from '#central/sync/central-key.ts'
import { centralKey } from '#central/sync/central-key.ts'
import type { DeviceRef } from '#central/sync/projector.ts'
import { createSync, type Sync } from '#central/sync/sync.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import { type CentralSite, centralSite } from './central-site.ts'
import type { FakeMachine } from './fake-machine.ts'

export interface SyncSite {
  site: CentralSite
  base: Base
  sync: Sync
  key: CentralKey
  app: FastifyInstance
  /** Why, by device. */
  apart: Map<string, string>
  enrol: (machine: FakeMachine) => Promise<DeviceRef>
  /** Tells of the machine's epochs. */
  tell: (machine: FakeMachine) => Promise<{ status: number; body: unknown }>
  send: (machine: FakeMachine, blocks: readonly SyncBlock[]) => Promise<{ status: number; body: Answer }>
  remove: () => Promise<void>
}
export interface Answer {
  ack: number
  inserted: number
  dup: number
  expected?: number | null
  error?: { code: string; message: string }
}

/** The part that takes in what machines send, on a database of its own; machines are let in by their name alone. */
export async function syncSite(areasOf: (base: Base) => readonly Area[] = () => []): Promise<SyncSite> {
  const site = await centralSite()
  // The site has an app of its own, whose figures are not this one's.
  const base = { ...site.base, metrics: new Metrics() }
  const areas = areasOf(base)
  const projectors = areas.flatMap((area) => area.projectors ?? [])
  const refs = new Map<string, DeviceRef>()
  const apart = new Map<string, string>()
  const key = await centralKey(site.dataDir)
  const sync = createSync({
    ...{ base, key, projectors },
    authenticate: async (request) => refs.get((request.params as { device: string }).device)!,
    quarantine: async (device, why) => {
      apart.set(device.device, why)
    },
  })
  await sync.start?.()
  const app = await buildApp(
    base,
    { token: site.token, sessionOf: async () => undefined },
    [sync, ...areas].flatMap(({ routes }) => routes ?? []),
  )
  return {
    ...{ site, base, sync, key, app, apart },
    enrol: async ({ device, publicKey, name }) => {
      const { id } = await base.db
        .insertInto('devices')
        .values({
          device,
          public_key: publicKey,
          name,
          site: 'plant-1',
          groups: [],
          state: 'enrolled',
          enrolled_at: new Date(),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const ref = { id, device, name, site: 'plant-1' }
      refs.set(device, ref)
      return ref
    },
    tell: async ({ device, epochs }) => {
      const answer = await app.inject({
        method: 'PUT',
        url: `/sync/v1/${device}/epochs`,
        payload: { epochs },
      })
      return { status: answer.statusCode, body: answer.json() }
    },
    send: async (machine, blocks) => {
      const answer = await app.inject({
        method: 'POST',
        url: `/sync/v1/${machine.device}/${blocks[0]!.stream}`,
        headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' },
        payload: zstdCompressSync(machine.batch(blocks)),
      })
      return { status: answer.statusCode, body: answer.json() }
    },
    remove: async () => {
      await app.close()
      await site.remove()
    },
  }
}
