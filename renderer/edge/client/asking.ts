import type { Role } from '#core/contracts/people.ts'
import { Failure } from '../../ui/client/failure.ts'

export const sessionKey = ['session'] as const

/** Somebody wanted what needs more than this session may; or wanted to sign in. */
export interface Asking {
  /** null: for nothing in particular. */
  needs: Role | null
  settle: (signedIn: boolean) => void
}

/** The least role that may do what was refused; null: it was no question of roles. */
export const needsOf = (error: unknown): Role | null => (error instanceof Failure ? error.needs : null)
