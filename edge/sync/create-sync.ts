import { randomBytes } from 'node:crypto'
import type { Status } from '#core/contracts/api.ts'
import type { Limits, SyncStatus } from '#core/contracts/sync.ts'
import type { Journal, JournalLog } from '../journal/journal.ts'
import type { Settings } from '../journal/settings.ts'
import { type Stream, streamNames } from '../journal/streams.ts'
import { Builder } from './builder.ts'
import type { Link } from './link/link.ts'
import type { Boot } from './link/link-port.ts'
import { Outbox, type Waiting } from './outbox.ts'
import type { Paces } from './paces.ts'
import { pack } from './pack.ts'
import { openPseudonyms, type Pseudonym } from './privacy/pseudonyms.ts'
import { privacyOf } from './privacy/values.ts'
import { inWords } from './schedule.ts'
import { Uplink } from './uplink.ts'

export interface SyncParts {
  dataDir: string
  journal: Journal
  settings: Settings
  link: Pick<Link, 'client' | 'membership' | 'standing' | 'onChange'>
  boot: Boot
  /** Wall clock, epoch ms. */
  now: () => number
  random: () => number
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  log: JournalLog
  failed: (error: unknown) => void
  /** Alerts and answers do not get to central, though it answers: why; null: they do again. */
  notSent: (why: string | null) => void
  paces?: Partial<Paces>
}

/** What the machine has learned, on its way to central. */
export interface Sync {
  start(): void
  close(): Promise<void>
  /** `GET /api/sync` */
  status(): SyncStatus
  /** For the status that everybody sees. */
  central(): Status['central']
  /** Of every stream. */
  waiting(): Record<Stream, Waiting>
  setLimits(limits: Limits, by: string): Promise<SyncStatus>
}

const noLimits: Limits = { bytesPerS: null, window: null }
/** What people wait for. Readings are many, and nobody counts them. */
const counted: readonly Stream[] = ['events', 'rollout', 'metrics']

export function createSync(parts: SyncParts): Sync {
  const { dataDir, journal, settings, link, boot, now, random, audit, log, failed } = parts
  const outbox = new Outbox(journal)
  const keptBack = new Set<string>()
  let pseudonyms: Pseudonym | undefined
  const builder = new Builder({
    projection: {
      privacyOf: (model, version) => privacyOf(journal, model, version),
      versionOf: (alertId) => journal.alert(alertId)?.model,
      // Opened when it is needed: a key that is damaged keeps back what needs it, and nothing else.
      pseudonym: (domain, word) => {
        pseudonyms ??= openPseudonyms(dataDir, randomBytes)
        return pseudonyms(domain, word)
      },
      keptBack: (kind) => {
        if (keptBack.has(kind)) return
        keptBack.add(kind)
        log.warn({ kind }, 'Nothing says that events of this kind may leave: their content stays here.')
      },
    },
    shape: (digest) => outbox.shape(digest),
    sender: () => ({ bootId: boot.id, monoMs: boot.elapsedMs(), wallMs: now() }),
    now,
    damaged: (stream, { first, last }) =>
      log.error(
        { stream, first, last },
        'These rows are not what was written; central is told that they are gone.',
      ),
  })
  const limits = () => settings.values.sync ?? noLimits
  const uplink = new Uplink({
    ...{ outbox, builder, pack, client: link.client, membership: () => link.membership(), limits },
    ...{ now, random, failed, elapsed: boot.elapsedMs },
    blocked: (stream, why) => {
      if (why !== null)
        log.error({ stream, why }, 'This stream does not go on to central; nothing of it is lost.')
      if (stream === 'events') parts.notSent(why)
    },
    ...(parts.paces && { paces: parts.paces }),
  })
  const place = () => {
    const { state, central, device } = link.membership()
    return JSON.stringify([state, central, device])
  }
  const seen = () => {
    const { isConnected, instance } = link.standing()
    return { place: place(), isConnected, instance }
  }
  let before = seen()
  const stopCounting = journal.onGrowth((stream) => uplink.wrote(stream))
  const stopListening = link.onChange(() => {
    const isNow = seen()
    // Central was restored from a copy: what it acknowledged since may be gone there, and nothing new may ever tell.
    const isRestored = before.instance !== undefined && isNow.instance !== before.instance
    if (isNow.place !== before.place || isRestored) uplink.changedPlace()
    else if (isNow.isConnected && !before.isConnected) uplink.heard()
    else uplink.rouse()
    before = isNow
  })

  function standing(): Pick<SyncStatus, 'state' | 'problem'> {
    const { state, problem, isConnected } = link.standing()
    const { contact } = uplink
    if (state !== 'enrolled') return { state, problem }
    if (contact.state === 'refused') return { state: 'refused', problem: contact.problem }
    return isConnected
      ? { state: 'connected', problem }
      : { state: 'not-connected', problem: contact.problem ?? problem }
  }

  function status(): SyncStatus {
    const { central, device, lastContactMs, clockOffsetMs } = link.standing()
    const waiting = outbox.waiting()
    const { bytesPerS, window } = limits()
    const isTrying = standing().state === 'not-connected' && uplink.contact.waitMs > 0
    return {
      ...standing(),
      ...{ central, device, clockOffsetMs },
      lastContactAt: at(lastContactMs),
      nextTryAt: isTrying ? at(now() + uplink.contact.waitMs) : null,
      waiting: counted.reduce((sum, name) => sum + waiting[name].rows, 0),
      streams: streamNames.map((stream) => ({
        stream,
        waiting: waiting[stream].rows,
        oldestAt: at(waiting[stream].oldestMs),
        blocked: uplink.blocked(stream),
      })),
      limits: { bytesPerS, window: inWords(window) },
      ...(keptBack.size > 0 && { keptBack: [...keptBack].sort() }),
    }
  }

  return {
    start: () => uplink.start(),
    close: () => {
      stopListening()
      stopCounting()
      return uplink.close()
    },
    status,
    central: () => {
      const { state } = standing()
      if (state === 'not-enrolled') return { state: 'not-configured', waiting: 0 }
      return { state: state === 'connected' ? state : 'not-connected', waiting: outbox.rowsOf(counted) }
    },
    waiting: () => outbox.waiting(),
    setLimits: async (next, by) => {
      await settings.update({ sync: next })
      uplink.changedLimits()
      await audit('sync.limits', by, next)
      return status()
    },
  }
}

const at = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
