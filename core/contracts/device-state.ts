import { z } from 'zod'

/** Of fleet.ts what a machine itself needs: the schemas there would cost each machine memory. */

/**
 * waiting: enrolled, its fingerprint not yet compared · enrolled: it may sync · quarantined: two machines seem to be one, or
 * somebody says so; until it is lifted nothing is taken from it · revoked: its key is refused for good.
 */
export const deviceStateSchema = z.enum(['waiting', 'enrolled', 'quarantined', 'revoked'])
export type DeviceState = z.infer<typeof deviceStateSchema>
/** Beside `error` of device-refused and device-quarantined. */
export const deviceRefusalSchema = z.object({ state: deviceStateSchema })

/** Each machine is in a group of its own, so that a rollout can address it alone; the first of its groups. */
export const ownGroup = (device: string): string => `device-${device.slice(0, 16)}`
