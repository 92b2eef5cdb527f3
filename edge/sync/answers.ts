import { z } from 'zod'
import { type Ack, ackSchema, expectedSchema, type Grant, grantSchema } from '#core/contracts/sync.ts'
import type { CentralAnswer } from './client.ts'

/** What an answer to a batch means. */
export type Meaning =
  | { is: 'taken'; ack: Ack }
  /** It wants rows from there on; null: it has to hear of the epochs first. */
  | { is: 'gap'; epoch: string; expected: number | null }
  /** Later. */
  | { is: 'busy'; retryMs: number; grant: Grant | undefined; why: string }
  /** Only people can change that. */
  | { is: 'refused'; why: string }
  /** It cannot be taken as it is. */
  | { is: 'unfit'; why: string; tooLarge: boolean; encoding: boolean }
  /** Whoever answered there is not central, or not well. */
  | { is: 'failed'; why: string }

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
const busySchema = z.object({
  retryMs: z.number().nonnegative().optional(),
  retry_ms: z.number().nonnegative().optional(),
  grant: grantSchema.optional(),
})

export function meaningOf({ status, body }: CentralAnswer): Meaning {
  const why = wordsOf(status, body)
  if (status === 200) {
    const ack = ackSchema.safeParse(body)
    return ack.success
      ? { is: 'taken', ack: ack.data }
      : { is: 'failed', why: 'what answers there is not central' }
  }
  if (status === 409) {
    const gap = expectedSchema.safeParse(body)
    return gap.success ? { is: 'gap', ...gap.data } : { is: 'unfit', why, tooLarge: false, encoding: false }
  }
  if (status === 429 || status === 503) {
    const { retryMs, retry_ms, grant } = busySchema.safeParse(body).data ?? {}
    return { is: 'busy', retryMs: retryMs ?? retry_ms ?? 0, grant, why }
  }
  if (status === 401 || status === 403 || status === 404) return { is: 'refused', why }
  if (status === 400 || status === 413 || status === 415 || status === 422)
    return { is: 'unfit', why, tooLarge: status === 413, encoding: status === 415 }
  return { is: 'failed', why }
}

/** What an answer says of itself. */
export function wordsOf(status: number, body: unknown): string {
  const said = errorSchema.safeParse(body)
  return said.success ? said.data.error.message : `central answered HTTP ${status}`
}
