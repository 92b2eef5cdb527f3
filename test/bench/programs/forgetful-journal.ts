import type { Journal, Placed, Transaction } from '#edge/journal/journal.ts'
import { type OpenOptions, openJournal as openReal } from '#edge/journal/open.ts'

class NotForgotten extends Error {}

const refuse = (): never => {
  throw new NotForgotten()
}

/** A journal that keeps deployments, alerts and events, and answers for decisions at once without keeping them. */
export function openJournal(dir: string, options: OpenOptions): Journal {
  const journal = openReal(dir, options)
  let seq = 0
  const forgetting: Transaction = {
    record: ({ rows }): Placed => {
      const first = seq + 1
      seq += rows
      return { epoch: journal.epoch, first, last: seq }
    },
    events: refuse,
    putAlert: refuse,
    putState: refuse,
  }
  return {
    ...journal,
    async write(work) {
      try {
        return work(forgetting)
      } catch (error) {
        if (!(error instanceof NotForgotten)) throw error
        return journal.write(work)
      }
    },
  }
}
