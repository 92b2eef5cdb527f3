import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import type { Devices } from '../devices/create-devices.ts'
import type { Notifier } from '../notify/outbox.ts'
import { Desk } from '../registry/desk.ts'
import type { SigningKey } from '../registry/key.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { DeskKeeper } from './desk-keeper.ts'
import { deviceEventsProjector } from './device-events.ts'
import { RolloutReader } from './reader.ts'
import { Rollouts } from './rollouts.ts'
import { rolloutRoutes } from './routes.ts'

export interface RolloutGiven {
  keys: readonly SigningKey[]
  devices: Pick<Devices, 'choose' | 'watch'>
  notifier: Pick<Notifier, 'publish'>
}

/** A large rollout takes a tenth of the time at most: after each look it rests for nine times as long as that took. */
const restOf = 9
const longestRestMs = 30_000

/** Versions reach the fleet in groups with gates. */
export function createRollouts(
  base: Base,
  { keys, devices, notifier }: RolloutGiven,
): Area & { rollouts: Rollouts } {
  const desk = new Desk({ dataDir: base.dataDir, keys, now: base.now })
  const { choose, watch } = devices
  const rollouts = new Rollouts({
    ...{ base, desk, choose, watch },
    publish: (tx, data) => notifier.publish(tx, 'rollout.changed', data),
  })
  const keeper = new DeskKeeper(base, desk)
  const reader = new RolloutReader(rollouts)
  let restsUntilMs = 0
  return {
    rollouts,
    projectors: [deviceEventsProjector(base)],
    routes: (app) => {
      rolloutRoutes(app, rollouts, reader)
      deploymentRoutes(app, reader, keeper)
    },
    tick: async () => {
      await keeper.tick()
      const startedMs = base.now()
      if (startedMs < restsUntilMs && restsUntilMs - startedMs < longestRestMs) return
      await rollouts.tick()
      restsUntilMs = base.now() + Math.min(longestRestMs, restOf * (base.now() - startedMs))
    },
  }
}
