import { z } from 'zod'
import { feedbackAnswerSchema } from '#core/contracts/alert.ts'
import { reviewStateSchema } from '#core/contracts/review.ts'
import type { Params } from '../client/queries.ts'

/** What of the answers is shown and which one is open, as it stands in the address; what does not fit is left out. */
export const feedbackFilterSchema = z.object({
  model: z.string().optional().catch(undefined),
  site: z.string().optional().catch(undefined),
  answer: feedbackAnswerSchema.optional().catch(undefined),
  /** Absent: those that nobody has looked at. */
  state: z
    .union([reviewStateSchema, z.literal('all')])
    .optional()
    .catch(undefined),
  disagreement: z.boolean().optional().catch(undefined),
  item: z.int().optional().catch(undefined),
})
export type FeedbackFilter = z.infer<typeof feedbackFilterSchema>

/** As the server is asked. */
export function queueParams({ model, site, answer, state = 'open', disagreement }: FeedbackFilter): Params {
  return { model, site, answer, disagreement, state: state === 'all' ? undefined : state }
}
