import type { FastifyRequest } from 'fastify'
import type { Chooser } from '#core/contracts/fleet.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import { askToCheckUpdates } from '../store/devices.ts'
import { aliveAt, forgetSpent, sayAlive, serverSecret } from '../store/devices-secrets.ts'
import type { DeviceRef } from '../sync/projector.ts'
import type { EnrolParts } from './enrol.ts'
import { FleetKeeper } from './fleet-keeper.ts'
import { fleetRoutes } from './fleet-routes.ts'
import { type ChosenDevice, FleetViews } from './fleet-views.ts'
import { type HeartbeatParts, Heartbeats } from './heartbeat.ts'
import { JoinCodes } from './join-codes.ts'
import { KnownDevices } from './known-devices.ts'
import type { Watch } from './presence.ts'
import { deviceRoutes } from './sync-routes.ts'
import { Tokens } from './tokens.ts'

export interface Devices extends Area {
  /** Whose request this is: enrolled, in good standing, and the one in the path. Cheap: no statement, once it is known. */
  authenticate: (request: FastifyRequest) => Promise<DeviceRef>
  /** Nothing is taken from it from now on, until an admin has looked. */
  quarantine: (device: DeviceRef, why: string) => Promise<void>
  /** Enrolled machines that are meant now, by id. */
  choose: (chooser: Chooser, salt: string) => Promise<ChosenDevice[]>
  /** They are told with their next heartbeat to look for updates. */
  askToCheckUpdates: (ids: readonly number[]) => Promise<void>
  /** By which server time, less the server's own silence, presence is judged (presence.ts). */
  watch: () => Watch
}

/** How often the server notes that it is there: its own absence is no machine's silence. */
const aliveEveryMs = 15_000
const secretName = 'device-access'

/** Who is in the fleet: joining, tokens, heartbeats, and what people see and change of it. */
export function createDevices(
  base: Base,
  { centralKey, ...given }: Pick<HeartbeatParts, 'grant' | 'countersign'> & Pick<EnrolParts, 'centralKey'>,
): Devices {
  const { db, now } = base
  const known = new KnownDevices(db)
  const keeper = new FleetKeeper(base, known)
  const own = { heardUntilMs: -1, outageMs: 0 }
  let kept: Buffer | undefined
  let notedAtMs = -Infinity
  const secret = () => {
    if (kept) return kept
    throw new Error('the area of devices is not started')
  }
  const watch = (): Watch => ({ nowMs: now(), ...own })
  const quarantine = (device: DeviceRef, why: string) => keeper.setApart(device.device, why)
  const tokens = new Tokens({ base, known, secret })
  const views = new FleetViews({ base, watch })
  const heartbeats = new Heartbeats({
    base,
    watch,
    quarantine,
    forget: (device) => known.forget(device),
    ...given,
  })

  const note = async () => {
    notedAtMs = now()
    await sayAlive(db, new Date(notedAtMs))
    await forgetSpent(db, new Date(notedAtMs))
  }

  return {
    authenticate: (request) => tokens.authenticate(request),
    quarantine,
    choose: (chooser, salt) => views.choose(chooser, salt),
    askToCheckUpdates: (ids) => askToCheckUpdates(db, ids),
    watch,
    routes: (app) => {
      deviceRoutes(app, { joining: { base, known, secret, centralKey }, tokens, heartbeats })
      fleetRoutes(app, { keeper, views, codes: new JoinCodes(base) })
    },
    start: async () => {
      kept = await serverSecret(db, secretName, new Date(now()))
      const alive = await aliveAt(db)
      if (alive) {
        own.heardUntilMs = now()
        own.outageMs = Math.max(0, now() - alive.getTime())
      }
      await note()
    },
    tick: async () => {
      if (Math.abs(now() - notedAtMs) >= aliveEveryMs) await note()
    },
  }
}
