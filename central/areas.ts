import type { Area } from './area.ts'
import type { S3Settings } from './artefacts/s3-artefacts.ts'
import { registryArea } from './catalogue/area.ts'
import type { Base } from './central.ts'
import { createDevices } from './devices/create-devices.ts'
import { steadyAfterMs } from './devices/presence.ts'
import { clockLimitMs } from './devices/summary.ts'
import { createFeedback } from './feedback/area.ts'
import { createNotify } from './notify/area.ts'
import { type NotifySettings, notifySettings } from './notify/settings.ts'
import { createOwnership } from './ownership/area.ts'
import { createPerformance } from './performance/performance.ts'
import { createRecord } from './record/record.ts'
import type { SigningKey } from './registry/key.ts'
import { createRollouts } from './rollout/create-rollouts.ts'
import { watchFleet } from './server/fleet-figures.ts'
import { centralKey } from './sync/central-key.ts'
import { createSync, type Sync } from './sync/sync.ts'

export interface AreaParts {
  /** Online keys of the signed repository. */
  keys: readonly SigningKey[]
  /** Where artefacts lie; absent: the data folder. */
  s3?: S3Settings | undefined
  /** E-mail and webhooks; absent: no e-mail, and no webhook in a private network. */
  notify?: NotifySettings | undefined
}

/** Every part of central, each with what it needs of the others. What machines send reaches those with projectors, in this order. */
export async function createAreas(base: Base, parts: AreaParts): Promise<Area[]> {
  const key = await centralKey(base.dataDir)
  // Machines are let in by devices, and heard by sync; each needs the other.
  const heard: { sync?: Sync } = {}
  const devices = createDevices(base, {
    centralKey: key.publicKey,
    grant: (device) => heard.sync!.grant(device),
    countersign: (device, kept) => heard.sync!.countersign(device, kept),
  })
  watchFleet(base, () => ({ ...devices.watch(), steadyAfterMs, clockLimitMs }))
  const performance = createPerformance(base)
  const notify = createNotify(base, parts.notify ?? notifySettings({}))
  const rollouts = createRollouts(base, { keys: parts.keys, devices, notifier: notify.notifier })
  const registry = await registryArea(base, {
    ...parts,
    publish: (tx, kind, data) => notify.notifier.publish(tx, kind, data),
  })
  const ownership = createOwnership(base, notify.notifier)
  const feedback = createFeedback(base, notify.notifier)
  const areas: Area[] = [
    notify,
    ownership,
    feedback,
    devices,
    performance,
    createRecord(base),
    registry,
    rollouts,
  ]
  heard.sync = createSync({
    ...{ base, key, authenticate: devices.authenticate, quarantine: devices.quarantine },
    projectors: areas.flatMap(({ projectors }) => projectors ?? []),
  })
  return [...areas, heard.sync]
}
