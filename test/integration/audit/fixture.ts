import { randomUUID } from 'node:crypto'
import { cpSync, createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach } from 'vitest'
import type { Finding, RecordReport } from '#core/audit/finding.ts'
import { AuditTrail } from '#edge/audit/audit-trail.ts'
import { CheckpointFile } from '#edge/audit/checkpoint-file.ts'
import type { ExportOptions } from '#edge/audit/export.ts'
import { jsonLines } from '#edge/audit/json-lines.ts'
import { verifyRecord } from '#edge/audit/verify-record.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { openJournalReadOnly } from '#edge/journal/read-only.ts'
import { record, startMs } from '../journal/records.ts'

export const hourMs = 3600_000
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-audit-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** One that is gone after the last test of the file. */
export function temporaryFolderForAll(): string {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-audit-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A machine's record without the rest of the machine: journal, key, checkpoints, and a clock that the test moves. */
export interface Machine {
  dir: string
  clock: { ms: number }
  journal: Journal
  trail: AuditTrail
  /** What happens in an hour: two blocks of readings, one of events, and a checkpoint at its end. */
  hour: (what?: string) => Promise<void>
  export: (options?: ExportOptions) => Promise<string>
  /** An orderly stop, with a checkpoint. */
  stop: () => Promise<void>
  /** A power cut: no checkpoint, no marker. */
  cut: () => Promise<void>
}

export async function machineIn(dir: string, clock = { ms: startMs }): Promise<Machine> {
  const journal = openJournal(dir, { now: () => clock.ms, randomUUID })
  let open = true
  const close = async () => {
    if (open) await journal.close()
    open = false
  }
  undo.push(close)
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const trail = new AuditTrail({
    dataDir: dir,
    journal,
    now: () => clock.ms,
    machine: () => 'press hall',
    log,
  })
  await trail.open()
  return {
    dir,
    clock,
    journal,
    trail,
    hour: async (what = 'raised') => {
      const event = { kind: 'alert.raised', timeMs: clock.ms, by: 'runtime', body: { what } }
      await journal.write((tx) => tx.record(record([{}, { values: [clock.ms / hourMs, 1, 0] }])))
      await journal.write((tx) => tx.events('events', [event]))
      await journal.write((tx) => tx.record(record([{ asset: what }])))
      clock.ms += hourMs
      await trail.tick()
    },
    export: async (options) => {
      let text = ''
      for await (const chunk of await trail.export(options)) text += chunk
      return text
    },
    stop: async () => {
      await trail.close()
      await close()
    },
    cut: close,
  }
}

/** A machine that worked for some hours and was stopped. */
export async function afterHours(hours: number, dir = temporaryFolder()): Promise<string> {
  const machine = await machineIn(dir)
  for (let i = 0; i < hours; i++) await machine.hour(`hour-${i}`)
  await machine.stop()
  return dir
}

/** As a copy of a whole disk has it: the journal does not see that it is one. */
export function asTheSameDisk(dir: string): string {
  const path = join(dir, 'journal.epoch')
  const inode = String(statSync(join(dir, 'journal.db'), { bigint: true }).ino)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), inode }))
  return dir
}

export function copyOf(dir: string): string {
  const to = temporaryFolder()
  cpSync(dir, to, { recursive: true })
  return to
}

/** What the root of a machine can do to its journal. */
export function tamper<T = unknown>(dir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dir, 'journal.db'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** Of a stopped machine, as `edgewright audit verify --data DIR` does. */
export async function verify(dir: string): Promise<RecordReport> {
  const journal = openJournalReadOnly(dir)
  try {
    return await verifyRecord(journal, new CheckpointFile(dir))
  } finally {
    journal.close()
  }
}

/** The lines of an export as the command line reads them. */
export async function* linesOf(text: string): AsyncGenerator<unknown> {
  const path = join(temporaryFolder(), 'export.ndjson')
  writeFileSync(path, text)
  for await (const { value } of jsonLines(createReadStream(path))) yield value
}

/** What was found, in short. */
export const inShort = ({ kind, stream, first, last, since }: Finding) => ({
  kind,
  stream,
  rows: [first, last],
  ...(since && { since: since.counter }),
})
