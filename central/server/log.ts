import { pino } from 'pino'
import type { Log } from '../central.ts'

/** JSON lines on stderr. Of an error only what says something: those of the database carry the whole connection with them. */
export const openLog = (): Log =>
  pino({ base: null, serializers: { err: inShort } }, pino.destination({ dest: 2, sync: true }))

function inShort(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return { name, message, code, stack, ...(cause instanceof Error && { cause: inShort(cause) }) }
}

const againMs = 60_000

/** What went wrong where nobody waits for an answer; the same thing once a minute, as a database that is gone is missed every second. */
export function tellOnce(log: Log, now: () => number): (error: unknown) => void {
  const told = new Map<string, number>()
  return (error) => {
    const key = error instanceof Error ? error.message : String(error)
    const at = told.get(key)
    if (at !== undefined && Math.abs(now() - at) < againMs) return
    if (told.size > 100) told.clear()
    told.set(key, now())
    log.error({ err: error }, 'something went wrong where nobody waits for an answer')
  }
}
