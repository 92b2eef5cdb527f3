import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { inject } from 'vitest'
import { buildApp } from '#central/app.ts'
import type { Base } from '#central/central.ts'
import { FleetViews } from '#central/devices/fleet-views.ts'
import { openRepository } from '#central/registry/repository.ts'
import { createRollouts } from '#central/rollout/create-rollouts.ts'
import { Metrics } from '#central/server/metrics.ts'
import { type OpenDatabase, openDatabase } from '#central/store/database.ts'
import { record } from '#central/store/log.ts'
import type { CentralRole } from '#core/contracts/central.ts'
import { digestOf, model, repositoryOf, sha } from './rollout-repository.ts'

export { digestOf, model, sha } from './rollout-repository.ts'

export const minute = 60_000

export type RolloutFleet = Awaited<ReturnType<typeof rolloutFleet>>

export interface FleetOptions {
  sites?: string[]
  /** Roles of which central has a key. */
  online?: string[]
}

/** Rollouts on a database and a signed repository of their own, with a clock that is set by hand; machines report as they are told. */
export async function rolloutFleet({ sites = ['brno', 'cork'], online }: FleetOptions = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-rollouts-'))
  const serverUrl = inject('databaseUrl')
  const name = `t_${randomUUID().replaceAll('-', '')}`
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  await admin(`CREATE DATABASE ${name}`)
  const failures: unknown[] = []
  const open: OpenDatabase = await openDatabase(serverUrl.replace(/\/[^/]*$/, `/${name}`), {
    failed: (error) => failures.push(error),
  })
  const clock = { ms: Date.parse('2026-11-01T08:00:00Z') }
  const keys = await repositoryOf(join(dataDir, 'repository'), sites, clock.ms)
  const here = online ?? ['snapshot', 'timestamp', ...sites.map((site) => `site-${site}`)]
  const { db } = open
  const base: Base = {
    ...{ db, dataDir, publicUrl: () => 'http://central.test', now: () => clock.ms, random: () => 0.5 },
    ...{
      randomUUID,
      failed: (error) => failures.push(error),
      instance: () => 'test',
      metrics: new Metrics(),
    },
    log: { info: () => undefined, warn: (fields) => failures.push(fields), error: (f) => failures.push(f) },
    record: (kind, by, body) => record(db, clock.ms, kind, by, body),
  }
  const watch = () => ({ nowMs: clock.ms, heardUntilMs: -1, outageMs: 0 })
  const views = new FleetViews({ base, watch })
  const published: object[] = []
  const make = (roles: readonly string[]) =>
    createRollouts(base, {
      keys: roles.map((role) => keys[role]!),
      notifier: { publish: async (_tx, _kind, data) => void published.push(data) },
      devices: { watch, choose: (chooser, salt) => views.choose(chooser, salt) },
    })
  const area = make(here)
  const app: FastifyInstance = await buildApp(
    base,
    {
      token: 'x'.repeat(40),
      hosts: () => ['localhost:80'],
      origins: () => ['http://localhost'],
      sessionOf: async ({ headers }) => {
        const [person, role] = String(headers['x-person'] ?? '').split(':')
        return person && role ? { name: person, roles: [role as CentralRole] } : undefined
      },
    },
    area.routes ? [area.routes] : [],
  )
  const machines = new Map<string, { id: number; device: string; site: string }>()

  return {
    ...{ dataDir, db, clock, keys, area, app, failures, published, machines, make, base },
    rollouts: area.rollouts,
    /** As a person with a role; 'M. Sato:publisher'. */
    ask: async <T = Record<string, unknown>>(
      person: string,
      method: 'GET' | 'POST',
      url: string,
      body?: object,
    ) => {
      const answer = await app.inject({
        ...{ method, url, headers: { 'x-person': person, host: 'localhost:80', origin: 'http://localhost' } },
        ...(body && { payload: body }),
      })
      return { status: answer.statusCode, body: answer.json() as T }
    },
    add: async (machine: string, site: string, labels: string[] = []) => {
      const device = sha(`${site} ${machine}`)
      const { id } = await db
        .insertInto('devices')
        .values({
          ...{ device, public_key: sha(device), name: machine, site, groups: [], labels, state: 'enrolled' },
          enrolled_at: new Date(clock.ms),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      machines.set(machine, { id, device, site })
    },
    /** Its newest report: what runs, what is staged, and how far an assignment is. */
    report: async (machine: string, says: Says) => {
      clock.ms += 1_000
      await db
        .updateTable('devices')
        .set({
          report: JSON.stringify(reportOf(says)),
          report_at: new Date(clock.ms),
          last_seen: new Date(clock.ms),
        })
        .where('id', '=', machines.get(machine)!.id)
        .execute()
    },
    heard: (machine: string) =>
      db
        .updateTable('devices')
        .set({ last_seen: new Date(clock.ms) })
        .where('id', '=', machines.get(machine)!.id)
        .execute(),
    /** What the live metadata of a site says, by path below it. */
    said: async (site: string): Promise<Record<string, string>> => {
      const { live } = await openRepository(join(dataDir, 'repository'), { finish: false })
      const targets = live.delegated.get(`site-${site}`)!.signed.targets
      return Object.fromEntries(
        Object.entries(targets).map(([path, { custom }]) => [
          path.slice(`sites/${site}/`.length),
          String(custom?.['version']),
        ]),
      )
    },
    entry: (machine: string) => `device-${machines.get(machine)!.device.slice(0, 16)}/${model}`,
    state: async (id: number, machine: string) =>
      (
        await db
          .selectFrom('rollout_machines')
          .select('state')
          .where('rollout_id', '=', id)
          .where('device_id', '=', machines.get(machine)!.id)
          .executeTakeFirst()
      )?.state,
    checks: async () =>
      (await db.selectFrom('devices').select('name').where('check_updates', '=', true).execute())
        .map(({ name: one }) => one)
        .sort(),
    remove: async () => {
      await app.close()
      await open.close()
      await admin(`DROP DATABASE ${name} WITH (FORCE)`)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

type Slot = Record<string, unknown>
export interface Says {
  running?: Slot | null
  previous?: Slot | null
  staged?: Slot | null
  answeredBy?: 'model' | 'rules' | 'nobody'
  progress?: { version: string; state: string; reason?: string }
}

/** A slot whose version passed its self-test, in some state. */
export const slot = (version: string, deployment: Record<string, unknown> = {}, more: Slot = {}): Slot => ({
  ...{ version, digest: digestOf(version) },
  deployment: {
    state: 'running',
    since: '2026-10-01T00:00:00Z',
    by: 'sync',
    reason: 'assigned',
    ...deployment,
  },
  selfTest: { passed: 20, of: 20, at: '2026-10-01T00:00:00Z', largestDifference: 0 },
  ...more,
})

const reportOf = ({
  running = null,
  previous = null,
  staged = null,
  answeredBy = 'model',
  progress,
}: Says) => ({
  models: [{ id: model, answeredBy, slots: { running, previous, staged } }],
  updates: {
    progress: progress
      ? [{ model, digest: digestOf(progress.version), bytes: 0, ofBytes: 1, ...progress }]
      : [],
  },
})
