import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { backUp, restore } from '#central/backup/folder.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'
import { inOrder } from '#central/store/backup.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { repositoryOf } from '#support/central/rollout-repository.ts'

let site: CentralSite
const dir = mkdtempSync(join(tmpdir(), 'edgewright-backup-'))
const file = join(dir, 'one.ewb')
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const made: string[] = []

async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}

async function emptyDatabase(): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await query(inject('databaseUrl'), `CREATE DATABASE ${name}`)
  made.push(name)
  return inject('databaseUrl').replace(/\/[^/]*$/, `/${name}`)
}

/** Everything that a backup is to bring back, table by table. */
async function everything(url: string): Promise<Record<string, unknown>> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
     AND NOT relispartition AND relname <> ALL ('{kysely_migration,kysely_migration_lock,sessions,sign_in_codes,instance}')`,
  )
  const all: Record<string, unknown> = {}
  for (const { name } of tables)
    all[name] = (await query(url, `SELECT t::text AS row FROM "${name}" t ORDER BY 1`)).map(({ row }) => row)
  return all
}

beforeAll(async () => {
  site = await centralSite()
  await site.ask('POST', '/api/accounts', { name: 'R. Lind "\\N,"', roles: ['publisher'] })
  await site.ask('POST', '/api/accounts', {
    name: 'M. Sato',
    roles: ['approver'],
    password: 'a dozen or more',
  })
  await query(
    site.databaseUrl,
    `INSERT INTO devices (device, public_key, name, site, groups, state, enrolled_at)
       VALUES ('${'ab'.repeat(32)}', 'k', 'Press 4', 'plant-1', '{}', 'enrolled', now());
     CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
     INSERT INTO events SELECT 1, 0, '${randomUUID()}', n, now(), timestamptz '2020-01-03', 'alert.raised', 'é',
       json_build_object('n', n, 'text', E'two\\nlines\\\\', 'zero', '\\u0000') FROM generate_series(1, 20000) n`,
  )
  mkdirSync(join(site.dataDir, 'repository', 'metadata'), { recursive: true })
  writeFileSync(join(site.dataDir, 'repository', 'metadata', '1.root.json'), '{}')
  writeFileSync(join(site.dataDir, 'empty'), '')
  await backUp({ dataDir: site.dataDir, databaseUrl: site.databaseUrl, file, now: Date.now, log: silent })
})
afterAll(async () => {
  await site.remove()
  for (const name of made) await query(inject('databaseUrl'), `DROP DATABASE ${name} WITH (FORCE)`)
  rmSync(dir, { recursive: true, force: true })
})

it('brings back every row, the files, and numbers that go on; for its owner only', async () => {
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const [before, token, instance] = [await everything(site.databaseUrl), site.token, site.base.instance()]
  const databaseUrl = await emptyDatabase()
  const dataDir = join(dir, 'restored')
  const done = await restore({ dataDir, databaseUrl, file, log: silent })
  expect(done.rows).toBeGreaterThan(20_000)
  expect(await everything(databaseUrl)).toEqual(before)
  expect(existsSync(join(dataDir, 'repository', 'metadata', '1.root.json'))).toBe(true)
  expect(readFileSync(join(dataDir, 'empty'), 'utf8')).toBe('')
  expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600)

  const own = site.databaseUrl
  await site.restart({ dataDir, databaseUrl })
  expect(site.token).toBe(token)
  expect(site.base.instance()).not.toBe(instance)
  const added = await site.ask<{ account: { id: number } }>('POST', '/api/accounts', {
    name: 'New',
    roles: [],
  })
  expect(added.body.account.id).toBe(3)
  expect(await query(databaseUrl, "SELECT FROM central_log WHERE kind = 'instance.renewed'")).toHaveLength(1)
  const renewed = site.base.instance()
  await site.restart({ dataDir, databaseUrl })
  expect(site.base.instance()).toBe(renewed)
  await site.restart({ databaseUrl: own })
  expect(site.base.instance()).toBe(instance)
})

it('takes the newer of two signed repositories, and leaves nothing behind where the other is none of its own', async () => {
  const [now, data] = [Date.now(), (name: string) => join(dir, name)]
  mkdirSync(data('signed'))
  const keys = Object.values(await repositoryOf(data('signed/repository'), ['plant-1'], now))
  const [older, databaseUrl] = [data('older.ewb'), await emptyDatabase()]
  const common = { databaseUrl, log: silent }
  await backUp({
    dataDir: data('signed'),
    ...common,
    databaseUrl: site.databaseUrl,
    file: older,
    now: Date.now,
  })
  const refresh = { snapshot: true, timestamp: true }
  await settle(await openRepository(data('signed/repository')), { keys, nowMs: now, refresh })
  await repositoryOf(data('strange'), ['plant-1'], now)

  const dataDir = data('newest')
  const into = (repository: string) =>
    restore({ dataDir, ...common, file: older, repository: data(repository) })
  await expect(into('strange')).rejects.toMatchObject({ code: 'repository-refused' })
  expect(existsSync(dataDir)).toBe(false)
  const { repository } = await into('signed/repository')
  expect(repository).toEqual({ timestamp: 2, backedUp: 1, isTaken: true, lacking: [] })
  expect(existsSync(join(dataDir, 'repository', 'metadata', '2.snapshot.json'))).toBe(true)
})

it('is refused where it is cut off or a byte is wrong, and leaves nothing', async () => {
  const whole = readFileSync(file)
  const wrong = Buffer.from(whole)
  wrong[Math.floor(whole.length / 2)]! ^= 1
  const databaseUrl = await emptyDatabase()
  for (const bytes of [whole.subarray(0, whole.length - 40), wrong, Buffer.from('no backup')]) {
    const bad = join(dir, 'bad.ewb')
    writeFileSync(bad, bytes)
    const dataDir = join(dir, 'none')
    await expect(restore({ dataDir, databaseUrl, file: bad, log: silent })).rejects.toMatchObject({
      code: 'backup-refused',
    })
    expect([existsSync(dataDir), existsSync(`${dataDir}.restoring`)]).toEqual([false, false])
  }
  await restore({ dataDir: join(dir, 'then'), databaseUrl, file, log: silent })
  expect(await query(databaseUrl, 'SELECT FROM devices')).toHaveLength(1)
})

it('is refused where something is in the way', async () => {
  const databaseUrl = await emptyDatabase()
  const into = (dataDir: string, url: string) => restore({ dataDir, databaseUrl: url, file, log: silent })
  await expect(into(site.dataDir, databaseUrl)).rejects.toMatchObject({ code: 'backup-refused' })
  await expect(into(join(dir, 'x'), site.databaseUrl)).rejects.toThrow(/not empty/)
  expect(existsSync(join(dir, 'x'))).toBe(false)
})

it('puts each table after those that it refers to', () => {
  const names = inOrder([
    { name: 'a', refers: ['b', 'c'] },
    { name: 'b', refers: ['c', 'elsewhere'] },
    { name: 'c', refers: [] },
  ])
  expect(names.map(({ name }) => name)).toEqual(['c', 'b', 'a'])
})
