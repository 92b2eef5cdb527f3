import { z } from 'zod'
import { presenceSchema } from '#core/contracts/central.ts'
import { deviceStateSchema } from '#core/contracts/fleet.ts'

/** What of the machines is shown, as it stands in the address; what does not fit is left out. */
export const machineFilterSchema = z.object({
  site: z.string().optional().catch(undefined),
  group: z.string().optional().catch(undefined),
  label: z.string().optional().catch(undefined),
  presence: presenceSchema.optional().catch(undefined),
  state: deviceStateSchema.optional().catch(undefined),
  problem: z.boolean().optional().catch(undefined),
  search: z.string().optional().catch(undefined),
})
export type MachineFilter = z.infer<typeof machineFilterSchema>
