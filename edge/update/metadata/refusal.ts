import { EdgewrightError, type ErrorCode } from '#core/contracts/errors.ts'

export const refused = (what: string, cause?: unknown) => failure('update-refused', what, cause)
export const unreachable = (what: string, cause?: unknown) => failure('update-unreachable', what, cause)
export const noTrust = (what: string, cause?: unknown) => failure('trust-missing', what, cause)

export const expired = (label: string, expires: string, nowMs: number) =>
  failure(
    'update-expired',
    `${label} ended on ${expires}; by the clock of this machine it is ${new Date(nowMs).toISOString()}`,
  )

function failure(code: ErrorCode, what: string, cause: unknown = undefined): EdgewrightError {
  return new EdgewrightError(code, what, { cause })
}

/** Whatever was thrown, as a refusal. */
export const asFailure = (error: unknown): EdgewrightError =>
  error instanceof EdgewrightError
    ? error
    : refused(`the metadata cannot be read: ${messageOf(error)}`, error)

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
