import { z } from 'zod'

/** Why the runtime gave no usable answer. */
export type FailureKind = 'unreachable' | 'timeout' | 'unreadable' | 'refused'

export class Failure extends Error {
  readonly kind: FailureKind
  /** `refused`: the HTTP status and the registry's code and hint. */
  readonly status: number
  readonly code: string
  readonly hint: string
  /** `timeout`: for how long it was waited, ms. */
  readonly limitMs: number
  constructor(
    kind: FailureKind,
    message: string,
    refusal?: { status: number; code: string; hint: string },
    limitMs = 0,
  ) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
    this.status = refusal?.status ?? 0
    this.code = refusal?.code ?? ''
    this.hint = refusal?.hint ?? ''
    this.limitMs = limitMs
  }
}

/** The runtime knows nobody by this session. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Failure && error.status === 401
}

export const errorBodySchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
})

/** What an answer that is no success says of itself. */
export function refusal(path: string, status: number, body: unknown): Failure {
  const parsed = errorBodySchema.safeParse(body)
  const { code, message, hint } = parsed.data?.error ?? {
    code: '',
    message: `${path}: HTTP ${status}`,
    hint: '',
  }
  return new Failure('refused', message, { status, code, hint })
}
