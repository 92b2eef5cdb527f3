import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Alert } from '#core/contracts/alert.ts'
import type { Status } from '#core/contracts/api.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { AlertDesk } from './alerts/desk.ts'
import { EventHub } from './api/events.ts'
import { listen, refuseForeignHost, urlHost } from './api/listen.ts'
import { Live } from './api/live.ts'
import { measure } from './api/measure.ts'
import { Metrics } from './api/metrics.ts'
import { buildServer } from './api/server.ts'
import { SignInCodes } from './api/session.ts'
import { AuditTrail, exportAudit } from './audit/audit-trail.ts'
import type { EdgeConfig, RunningEdge } from './config.ts'
import { Deployments } from './deploy/deployments.ts'
import { digestOf } from './deploy/privacy-of.ts'
import { PackageStore } from './deploy/store.ts'
import { signedTrust } from './deploy/trust.ts'
import type { Edge } from './edge.ts'
import { createHardware } from './hardware/hardware.ts'
import { machineParts } from './hardware/qualifier.ts'
import { qualifyProviders } from './hardware/qualify-providers.ts'
import { defaultMemoryMb } from './inference/memory-limit.ts'
import { openLane } from './inference/open-lane.ts'
import { residentMb } from './inference/resident.ts'
import { localToken } from './journal/local-token.ts'
import { lockDataFolder, writeRuntimeInfo } from './journal/lock.ts'
import { openJournal } from './journal/open.ts'
import { openSettingsOrDefaults } from './journal/settings.ts'
import { openLog } from './log.ts'
import { exampleOf } from './monitor/example.ts'
import { MetricWindows } from './monitor/windows.ts'
import { People } from './people/people.ts'
import { PinDesk } from './people/pins.ts'
import { Sessions } from './people/sessions.ts'
import { every } from './periodic.ts'
import { createSync } from './sync/create-sync.ts'
import { believeAuthorities } from './sync/link/authorities.ts'
import { createLink } from './sync/link/create-link.ts'
import { openPseudonyms, type Pseudonym } from './sync/privacy/pseudonyms.ts'
import { Believed } from './update/believed.ts'
import { clockOf } from './update/clock.ts'
import { createUpdates } from './update/create-updates.ts'
import { whyExpired } from './update/status.ts'
import { version } from './version.ts'

export type { EdgeConfig, RunningEdge } from './config.ts'

const defaultHealthWindowS = 300
const defaultSignOutAfterS = 600
const tickMs = 1_000
const liveMs = 250
const checkpointLookMs = 60_000
const retentionEveryMs = 3600_000

/** Composition root: reads the configuration, builds everything once, starts. */
export async function startEdge(config: EdgeConfig): Promise<RunningEdge> {
  refuseForeignHost(config.host)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new EdgewrightError(
      'file-unreadable',
      `the data folder ${config.dataDir} cannot be made: ${error.message}`,
      { cause: error },
    )
  })
  if (config.caFile !== undefined) believeAuthorities(config.caFile)
  const lock = lockDataFolder(config.dataDir)
  const now = config.now ?? Date.now
  const startedAtMs = now()
  const log = openLog(config.dataDir)
  const failed = (error: unknown) =>
    log.error({ err: error }, 'something went wrong where nobody waits for an answer')
  const closers: (() => unknown)[] = [() => lock.release()]
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        failed(error) // the others must still be closed
      }
    }
  }
  try {
    const { settings, damage } = await openSettingsOrDefaults(config.dataDir, { hostname: hostname() })
    if (config.allowUnsigned !== undefined && config.allowUnsigned !== settings.values.allowUnsigned)
      await settings.update({ allowUnsigned: config.allowUnsigned })
    if (config.machine !== undefined) await settings.update({ machine: config.machine })
    const token = await localToken(config.dataDir)
    const journal = openJournal(config.dataDir, { now, randomUUID, log })
    closers.push(() => journal.close())
    const machine = () => settings.values.machine
    const auditTrail = new AuditTrail({ dataDir: config.dataDir, journal, now, machine, log })
    await auditTrail.open()
    closers.push(() => auditTrail.close())
    const hub = new EventHub()
    const live = new Live((readings) => hub.send('live', readings), now)
    const metrics = new Metrics()
    // Opened when it is needed: a key that is damaged keeps no machine from serving.
    const pseudonym: Pseudonym = (domain, word) => openPseudonyms(config.dataDir, randomBytes)(domain, word)
    const example = (answered: Alert) => exampleOf(answered, { journal, pseudonym })
    const alerts = new AlertDesk({ journal, now, randomUUID, failed, example })
    const windows = new MetricWindows({
      ...{ journal, now, failed },
      digestOf: (model, version) => digestOf(journal, model, version),
    })
    closers.push(() => windows.close())
    const audit = (kind: string, by: string, body: object) =>
      journal.write((tx) => tx.events('events', [{ kind, timeMs: now(), by, body }]))
    const believed = await Believed.open(journal, config.dataDir)
    const hardware = createHardware(config.dataDir, now)
    const cache = {
      get: (key: string) => journal.state(`qualification:${key}`),
      put: (key: string, found: unknown) => journal.write((tx) => tx.putState(`qualification:${key}`, found)),
    }
    const deployments = new Deployments({
      dataDir: config.dataDir,
      store: new PackageStore(config.dataDir),
      journal,
      alerts,
      trust: signedTrust(
        () => believed.view,
        () => settings.values.allowUnsigned,
        (path) => whyExpired(believed.belief, now(), path),
      ),
      openLane,
      qualify: (loaded) => qualifyProviders(loaded, { ...machineParts(hardware), openLane, now, cache }),
      residentMb,
      laneMemoryMb: config.laneMemoryMb ?? defaultMemoryMb(),
      healthWindowS: config.healthWindowS ?? defaultHealthWindowS,
      now,
      isClockBehind: () => clockOf(now(), believed.belief?.floorMs ?? 0).behind,
      randomUUID,
      elapsed: () => performance.now(),
      audit,
      changed: (summary) => {
        hub.send('deployment', summary)
        link.soon()
      },
      decided: (decided) => {
        live.decided(decided)
        metrics.decided(decided)
        windows.decided(decided)
      },
      failed,
    })
    closers.push(() => deployments.close())
    const { updates, imports } = createUpdates({
      ...{ dataDir: config.dataDir, believed, settings, deployments, machine },
      ...{ audit, now, random: Math.random, failed },
      exportAudit: (into) => exportAudit(auditTrail, into),
    })
    closers.push(
      () => updates.close(),
      () => imports.close(),
    )
    const boot = { id: randomUUID(), elapsedMs: () => performance.now() }
    const link = createLink({
      ...{ dataDir: config.dataDir, journal, settings, auditTrail, updates, deployments, machine, boot },
      ...{ now, random: Math.random, randomUUID, audit, failed, version, startedAtMs },
      alerts: () => alerts.counts(),
      waiting: () => sync.waiting(),
      newestReadingAtMs: () => live.newestAtMs,
      allowUnsigned: () => settings.values.allowUnsigned,
    })
    closers.push(() => link.close())
    const sync = createSync({
      ...{ dataDir: config.dataDir, journal, settings, link, boot, now, random: Math.random },
      ...{ audit, log, failed, ...(config.syncPaces && { paces: config.syncPaces }) },
      // One card for the machine, not one for each of its models.
      notSent: (reason) => {
        const model = deployments.list().find(({ slots }) => slots.running)?.id
        if (model === undefined) return
        const told =
          reason === null
            ? alerts.clearNotice(model, 'not-sent', 'central takes it again')
            : alerts.raiseNotice(deployments.manifest(model), { kind: 'not-sent', reason })
        told.catch(failed)
      },
    })
    closers.push(() => sync.close())
    alerts.onChange((alert, kind) => {
      hub.send('alert', alert)
      windows.alert(alert, kind)
      link.soon()
    })
    const status = (): Status => ({
      machine: settings.values.machine,
      serverTimeMs: now(),
      startedAtMs,
      version,
      allowUnsigned: settings.values.allowUnsigned,
      models: deployments.list(),
      newestReadingAtMs: live.newestAtMs,
      staleAfterMs: deployments.staleAfterMs(),
      ...alerts.counts(),
      central: sync.central(),
    })
    let port = config.port
    const hosts = () => [
      `${urlHost(config.host)}:${port}`,
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
    ]
    const codes = new SignInCodes()
    const people = new People({ journal, pins: new PinDesk(), now, randomUUID })
    const sessions = new Sessions({
      find: (id) => people.find(id),
      now,
      elapsed: () => performance.now(),
      idleMs: 1000 * (config.signOutAfterS ?? defaultSignOutAfterS),
    })
    const edge: Edge = {
      journal,
      alerts,
      deployments,
      updates,
      imports,
      link,
      sync,
      hub,
      metrics,
      codes,
      people,
      sessions,
      token,
      hosts,
      now,
      status,
      hardware,
      audit,
      auditTrail,
    }
    measure(metrics, journal, deployments, hub)
    await updates.start()
    await imports.start()
    await deployments.start()
    await link.start({ url: config.central, code: config.joinCode })
    sync.start()
    await resumeLive(live, journal, deployments).catch(failed)
    const { allowUnsigned } = settings.values
    if (damage !== undefined) await audit('settings.damaged', 'runtime', { reason: damage }).catch(failed)
    // A full disk must not keep people from their console: what cannot be kept is said in the log and by /readyz.
    await audit('runtime.started', 'runtime', { version, pid: process.pid, allowUnsigned }).catch(failed)

    const server = await buildServer(edge, config.rendererDir, log)
    closers.push(async () => {
      hub.close()
      await server.close()
    })
    port = await listen(server, config)
    writeRuntimeInfo(config.dataDir, { pid: process.pid, address: `http://${urlHost(config.host)}:${port}` })
    closers.push(
      every(tickMs, log, async () => {
        hub.send('health', status())
        windows.tick()
        void updates.tick().catch(failed)
        void deployments.tick() // a version that takes long to be loaded holds up no alert
        await alerts.tick()
      }),
    )
    closers.push(every(tickMs, log, () => link.tick()))
    closers.push(every(liveMs, log, async () => live.flush()))
    closers.push(every(checkpointLookMs, log, () => auditTrail.tick()))
    closers.push(every(retentionEveryMs, log, () => deployments.retain()))
    return {
      url: `http://${urlHost(config.host)}:${port}`,
      token,
      signInCode: () => codes.issue(),
      close: async () => {
        await audit('runtime.stopped', 'runtime', {}).catch(failed)
        await closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** When the newest reading before this start came, so that its age is told and not "none yet". */
async function resumeLive(live: Live, journal: Edge['journal'], deployments: Deployments): Promise<void> {
  for (const { id } of deployments.list())
    live.heardBefore((await journal.readings({ model: id, limit: 1 })).readings[0]?.time)
}
