import { z } from 'zod'

/** Why the runtime gave no usable answer. */
export type FailureKind = 'unreachable' | 'timeout' | 'unreadable' | 'refused'

export class Failure extends Error {
  readonly kind: FailureKind
  /** `refused`: the HTTP status and the registry's code and hint. */
  readonly status: number
  readonly code: string
  readonly hint: string
  constructor(kind: FailureKind, message: string, refusal?: { status: number; code: string; hint: string }) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
    this.status = refusal?.status ?? 0
    this.code = refusal?.code ?? ''
    this.hint = refusal?.hint ?? ''
  }
}

/** The runtime knows nobody by this session. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Failure && error.status === 401
}

export const errorBodySchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
})
