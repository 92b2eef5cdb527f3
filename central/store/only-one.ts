import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** Of the advisory lock; any number that other programs on the same database do not use. */
const key = "hashtext('edgewright central')"
const tries = 20
const betweenMs = 500

/**
 * Makes this the only central on its database, for as long as a connection of its own holds a lock there. Where the connection breaks
 * (the database was restarted) it is taken again; `lost` is called where somebody else has it by then.
 * @throws EdgewrightError data-folder-locked
 */
export async function onlyOne(
  connectionString: string,
  { failed, lost }: { failed: (error: unknown) => void; lost: () => void },
): Promise<{ release: () => Promise<void> }> {
  let released = false
  let client: pg.Client | undefined

  /** Waits a while for a central that is just ending, or whose end the database has not noticed yet. */
  const take = async (): Promise<boolean> => {
    for (let tried = 0; tried < tries && !released; tried++) {
      if (tried > 0) await wait(betweenMs)
      const next = new pg.Client({
        connectionString,
        application_name: 'edgewright central',
        keepAlive: true,
      })
      next.on('error', failed)
      await next.connect()
      const { rows } = await next.query<{ mine: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS mine`)
      if (rows[0]?.mine && !released) {
        client = next.once('end', () => void again())
        return true
      }
      await next.end()
    }
    return released
  }
  const again = async (): Promise<void> => {
    while (!released) {
      try {
        if (!(await take())) lost()
        return
      } catch (error) {
        failed(error)
        await wait(betweenMs)
      }
    }
  }

  if (!(await take()))
    throw new EdgewrightError('data-folder-locked', 'another central already uses this database', {
      hint: 'Stop the other one, or give this one a database of its own.',
    })
  return {
    release: async () => {
      released = true
      await client?.end()
    },
  }
}
