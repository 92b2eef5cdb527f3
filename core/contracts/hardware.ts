import { z } from 'zod'

/** Execution providers, by the names that onnxruntime-node takes. */
export const providerSchema = z.enum(['cpu', 'cuda', 'tensorrt', 'dml', 'coreml', 'webgpu'])
export type Provider = z.infer<typeof providerSchema>

/** How one provider did with one model on this machine. */
export const providerTrialSchema = z.object({
  provider: providerSchema,
  /** What it runs on, in words: "CPU, 8 threads", "WebGPU, Intel Xe". */
  device: z.string(),
  /**
   * chosen · slower: right, and not the fastest · over-budget: right, and slower than the package allows ·
   * wrong: golden vectors differ · fell-back: half of it or more ran on the CPU after all, and was not faster ·
   * failed: it hung, crashed or would not load · absent: no such device or library here · not-allowed: by the package
   */
  result: z.enum([
    'chosen',
    'slower',
    'over-budget',
    'wrong',
    'fell-back',
    'failed',
    'absent',
    'not-allowed',
  ]),
  /** Golden vectors that agree with the CPU's answers within the package's tolerance. */
  golden: z.object({ passed: z.int(), of: z.int() }).nullable(),
  largestDifference: z.number().nullable(),
  /** Median milliseconds of `session.run`: of one row, and of a batch in use. */
  latency: z
    .object({
      oneMs: z.number(),
      batchRows: z.int(),
      batchMs: z.number(),
      /** How many runs each median is of. */
      runs: z.int(),
    })
    .nullable(),
  /** Resident memory of the lane after the runs, MiB; of the GPU nothing is known. */
  memoryMb: z.number().nullable(),
  loadMs: z.number().nullable(),
  /** Proof of what ran: nodes of the graph by the provider that executed them, from the session's own profile. */
  nodes: z.record(z.string(), z.int()).nullable(),
  /** One sentence. */
  reason: z.string(),
})
export type ProviderTrial = z.infer<typeof providerTrialSchema>

/** Which provider runs one model on this machine, and why. */
export const qualificationSchema = z.object({
  chosen: providerSchema,
  /** "WebGPU works here but is 900 times slower than the CPU: CPU chosen." */
  reason: z.string(),
  measuredAt: z.string(),
  /** What it holds for: it is measured again where one of these has changed. */
  model: z.string(),
  onnxruntime: z.string(),
  driver: z.string(),
  trials: z.array(providerTrialSchema),
})
export type Qualification = z.infer<typeof qualificationSchema>
