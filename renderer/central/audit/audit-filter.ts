import { z } from 'zod'

export const views = ['record', 'log', 'findings', 'checkpoints'] as const
export type View = (typeof views)[number]

/** What of the record is shown, as it stands in the address; what does not fit is left out. Days are of this browser. */
export const auditFilterSchema = z.object({
  view: z.enum(views).optional().catch(undefined),
  device: z.string().optional().catch(undefined),
  site: z.string().optional().catch(undefined),
  kind: z.string().optional().catch(undefined),
  by: z.string().optional().catch(undefined),
  from: z.string().optional().catch(undefined),
  to: z.string().optional().catch(undefined),
})
export type AuditFilter = z.infer<typeof auditFilterSchema>

/** From the beginning of the first day to the end of the last one, RFC 3339; a text that is no day counts as none. */
export function between({ from, to }: AuditFilter): { from?: string; to?: string } {
  const begin = from ? new Date(`${from}T00:00`) : undefined
  const end = to ? new Date(`${to}T23:59:59.999`) : undefined
  return {
    ...(begin && !Number.isNaN(begin.getTime()) && { from: begin.toISOString() }),
    ...(end && !Number.isNaN(end.getTime()) && { to: end.toISOString() }),
  }
}
