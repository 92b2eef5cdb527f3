import { z } from 'zod'

const words = z.string()
const count = z.number()

/** `GET /api/hardware`, as far as this page shows it; what a machine does not say is absent. */
export const machineSchema = z.object({
  system: z.object({ manufacturer: words, model: words, virtual: z.boolean() }),
  os: z.object({ platform: words, distribution: words, release: words, arch: words }),
  cpu: z.object({ brand: words, physicalCores: count, cores: count, usable: count, flags: words }),
  memory: z.object({ totalBytes: count, availableBytes: count }),
  disk: z.object({ mount: words, sizeBytes: count, availableBytes: count }).nullable(),
  gpus: z.array(z.object({ vendor: words, model: words, driver: words.nullish() })),
  temperatureC: count.nullish(),
  load: z.object({ cpuPercent: count }),
  /** What onnxruntime-node was built for, and whether that library is on board; nothing is proved by it. */
  onnxruntime: words.optional(),
  providers: z.array(z.object({ name: words, bundled: z.boolean() })).optional(),
})
export type Machine = z.infer<typeof machineSchema>

/** `GET /api/audit/verify`. */
export const recordReportSchema = z.object({
  ok: z.boolean(),
  blocks: count,
  rows: count,
  dropped: count,
  problem: words.optional(),
})
export type RecordReport = z.infer<typeof recordReportSchema>
