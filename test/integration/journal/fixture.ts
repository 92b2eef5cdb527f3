import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach } from 'vitest'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { startMs } from './records.ts'

export * from './records.ts'

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-journal-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A journal with a clock that stands still unless the test moves it. */
export function openIn(dir: string, clock: { ms: number } = { ms: startMs }): Journal {
  const journal = openJournal(dir, { now: () => clock.ms, randomUUID })
  undo.push(() => journal.close())
  return journal
}

/** Does something to a journal's database that the journal would not. */
export function tamper(dir: string, sql: string): void {
  const db = new DatabaseSync(join(dir, 'journal.db'))
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})
