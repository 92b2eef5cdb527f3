import { EdgewrightError } from '#core/contracts/errors.ts'

/** Classes of SQLSTATE in which the database, not the request, is at fault: connection, resources, operator, system. */
const atFault = /^(08|53|57|58|XX)/
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOENT', 'EPIPE'])

/**
 * A value that no column can hold (U+0000, a number or a time beyond all bounds; SQLSTATE class 22): who asked is told so.
 * undefined: something else is wrong.
 */
export function valueTrouble(error: unknown): EdgewrightError | undefined {
  const { code } = (error ?? {}) as { code?: unknown }
  return error instanceof Error && typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code)
    ? new EdgewrightError(
        'request-invalid',
        `something in it cannot be kept or looked for: ${error.message}`,
        {
          cause: error,
        },
      )
    : undefined
}

/** The database cannot be asked, or takes nothing more (a full disk is 53100); undefined: something else is wrong. */
export function databaseTrouble(error: unknown): EdgewrightError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  const is =
    (typeof code === 'string' && (atFault.test(code) || network.has(code))) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  return is
    ? new EdgewrightError('database-unreachable', `the database does not take it: ${error.message}`, {
        cause: error,
      })
    : undefined
}
