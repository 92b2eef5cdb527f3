import { z } from 'zod'
import { performanceBySchema } from '#core/contracts/performance.ts'

export const spans = [1, 7, 30, 90] as const
export const measures = ['alerts', 'abstained', 'rejected', 'readings', 'p50', 'p95'] as const
export type Measure = (typeof measures)[number]

/** What of the figures is shown, as it stands in the address; what does not fit is left out. */
export const performanceFilterSchema = z.object({
  model: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  site: z.string().optional().catch(undefined),
  device: z.string().optional().catch(undefined),
  by: performanceBySchema.exclude(['hour']).optional().catch(undefined),
  days: z.literal(spans).optional().catch(undefined),
  measure: z.enum(measures).optional().catch(undefined),
})
export type PerformanceFilter = z.infer<typeof performanceFilterSchema>
