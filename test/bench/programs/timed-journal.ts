import type { Journal } from '#edge/journal/journal.ts'
import { type OpenOptions, openJournal as openReal } from '#edge/journal/open.ts'
import { trace } from './trace.ts'

export function openJournal(dir: string, options: OpenOptions): Journal {
  const journal = openReal(dir, options)
  return {
    ...journal,
    async write(work) {
      const started = performance.now()
      const written = await journal.write(work)
      trace.writeMs += performance.now() - started
      return written
    },
  }
}
