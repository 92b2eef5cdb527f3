import { z } from 'zod'
import { type Role, roleSchema } from '#core/contracts/people.ts'

/** Why the runtime gave no usable answer. */
export type FailureKind = 'unreachable' | 'timeout' | 'unreadable' | 'refused'

export class Failure extends Error {
  readonly kind: FailureKind
  /** `refused`: the HTTP status and the registry's code and hint. */
  readonly status: number
  readonly code: string
  readonly hint: string
  /** `not-allowed`: the least role that may; null: it was no question of roles. */
  readonly needs: Role | null
  /** `timeout`: for how long it was waited, ms. */
  readonly limitMs: number
  constructor(
    kind: FailureKind,
    message: string,
    refusal?: { status: number; code: string; hint: string; needs?: Role | undefined },
    limitMs = 0,
  ) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
    this.status = refusal?.status ?? 0
    this.code = refusal?.code ?? ''
    this.hint = refusal?.hint ?? ''
    this.needs = refusal?.needs ?? null
    this.limitMs = limitMs
  }
}

const wrongSecret = new Set(['pin-wrong', 'password-wrong'])

/** The server knows nobody by this session. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Failure && error.status === 401 && !wrongSecret.has(error.code)
}

export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    needs: roleSchema.optional().catch(undefined),
  }),
})

/** What an answer that is no success says of itself. */
export function refusal(path: string, status: number, body: unknown): Failure {
  const parsed = errorBodySchema.safeParse(body)
  const { code, message, hint, needs } = parsed.data?.error ?? {
    code: '',
    message: `${path}: HTTP ${status}`,
    hint: '',
    needs: undefined,
  }
  return new Failure('refused', message, { status, code, hint, needs })
}
