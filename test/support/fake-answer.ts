import type { ErrorCode } from '#core/contracts/errors.ts'

export interface Asked {
  query: Record<string, string>
  body: unknown
  params: Record<string, string>
}
/** undefined: 204. */
export type Answer = (asked: Asked) => unknown

export class Refused extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A page of a list: the cursor is the place of its first item. */
export function pageFrom<T>(
  items: readonly T[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const from = Number(cursor ?? 0)
  const next = from + limit < items.length ? String(from + limit) : null
  return { items: items.slice(from, from + limit), next, total: items.length }
}
