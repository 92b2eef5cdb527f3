import { monitorEventLoopDelay } from 'node:perf_hooks'
import { makeAccessToken } from '#central/devices/access-token.ts'
import { startCentral } from '#central/main.ts'
import { serverSecret } from '#central/store/devices-secrets.ts'
import { addJournals } from '#central/store/sync.ts'
import { reportOf } from '#support/central/joining.ts'
import type { MachineIdentity } from '../kit/machine-record.ts'
import { serve } from '../kit/serve.ts'

/** A whole central, as `edgewright central` composes it. Arguments: data folder, address of the database, port. */
const [, , dataDir, databaseUrl, port = '0'] = process.argv
const silent = { info: () => undefined, warn: () => undefined, error: console.error }
const central = await startCentral({
  ...{ dataDir: dataDir!, databaseUrl: databaseUrl!, host: '127.0.0.1', port: Number(port), log: silent },
})
const { db } = central.base

const known = new Set<string>()

/** Enrols machines that are not yet, which have told of their record, 40 at a site; answers fresh access tokens of all. */
async function enrol(all: readonly MachineIdentity[]): Promise<string[]> {
  const now = new Date()
  const machines = all.filter(({ device }) => !known.has(device))
  for (let at = 0; at < machines.length; at += 500) {
    const some = machines.slice(at, at + 500)
    const made = await db
      .insertInto('devices')
      .values(
        some.map(({ device, publicKey }, n) => ({
          ...{ device, public_key: publicKey, name: `machine ${at + n}` },
          ...{ site: `site-${Math.floor((at + n) / 40)}`, groups: [], state: 'enrolled' as const },
          ...{ enrolled_at: now, last_seen: now, report: JSON.stringify(reportOf('1.4.2')), report_at: now },
          ...{ alerts_high: 0, alerts_medium: 0 },
          models: JSON.stringify([{ id: 'press-wear', running: '1.4.2', held: null, state: 'running' }]),
        })),
      )
      .returning(['id', 'device'])
      .execute()
    for (const { device } of some) known.add(device)
    const ids = new Map(made.map(({ id, device }) => [device, id]))
    await db.transaction().execute(async (tx) => {
      for (const { device, epochs } of some)
        await addJournals(
          tx,
          ids.get(device)!,
          epochs.map((epoch, n) => ({ ...epoch, n, before: epochs[n - 1]?.epoch ?? null })),
          now,
        )
    })
  }
  const secret = await serverSecret(db, 'device-access', now)
  return Promise.all(all.map(({ device }) => makeAccessToken(secret, device, Date.now())))
}

const gaps = monitorEventLoopDelay({ resolution: 5 })
let most = 0
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 200).unref()

export interface Usage {
  cpuMs: number
  /** The most since it was asked before, MB. */
  rssMb: number
  /** Between two turns of a timer that is due each 5 ms, since it was asked before. */
  gapMs: { p99: number; max: number }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const now = {
    cpuMs: (user + system) / 1000,
    rssMb: Math.max(most, process.memoryUsage.rss()) / 1e6,
    gapMs: { p99: gaps.percentile(99) / 1e6, max: gaps.max / 1e6 },
  }
  most = 0
  gaps.reset()
  gaps.enable()
  return now
}

process.once('SIGTERM', () => void central.close().then(() => process.exit(0)))
serve(
  { enrol: (machines: never) => enrol(machines), usage },
  { host: '127.0.0.1', port: Number(new URL(central.url).port), url: central.url, token: central.token },
)
