import { z } from 'zod'

const upTo = (most: number) => z.object({ id: z.coerce.number().int().min(1).max(most) })

/** The number of a row in an address, as PostgreSQL's int holds it. */
export const idSchema = upTo(2 ** 31 - 1)
/** The same of tables that grow with the fleet (bigint), as far as JSON holds it exactly. */
export const longIdSchema = upTo(Number.MAX_SAFE_INTEGER)
