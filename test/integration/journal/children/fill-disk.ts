import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { openJournal } from '#edge/journal/open.ts'
import { record } from '../records.ts'

/** Writes until the disk refuses; told on stdin that there is room again, writes once more and reports. */
const dir = process.argv[2]!
const journal = openJournal(dir, { now: Date.now, randomUUID })
const noise = (): [number, number, number] => [Math.random(), Math.random(), Math.random()]
const group = (n: number, rows: number): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(
    Array.from({ length: n }, () => {
      const ids = Array.from({ length: rows }, () => randomUUID())
      return journal
        .write((tx) => tx.record(record(ids.map((id) => ({ id, values: noise() })))))
        .then(
          () => kept.push(...ids),
          (error: unknown) => {
            refused.push(...ids)
            throw error
          },
        )
    }),
  )

const kept: string[] = []
const refused: string[] = []
let first: PromiseRejectedResult | undefined
while (!first) first = (await group(8, 50)).find((outcome) => outcome.status === 'rejected')
const { code, message } = first.reason as { code: string; message: string }
process.stdout.write(`${JSON.stringify({ code, message, refused: refused.length })}\n`)
await once(process.stdin, 'data')
const after = await group(1, 1)
const report = await journal.verify()
const found = (ids: string[]): number => ids.filter((id) => journal.reading(id, 'machine-failure')).length
process.stdout.write(
  `${JSON.stringify({ after: after[0]!.status, report, kept: kept.length, keptFound: found(kept), refusedFound: found(refused) })}\n`,
)
await journal.close()
process.exit()
