import type { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** A request's body or query as its contract says, or `request-invalid` naming what does not fit. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.')
  throw new EdgewrightError(
    'request-invalid',
    `${where ? `"${where}": ` : ''}${issue?.message ?? 'the request does not fit'}`,
  )
}
