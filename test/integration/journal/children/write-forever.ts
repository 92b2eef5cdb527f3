import { randomUUID } from 'node:crypto'
import { openJournal } from '#edge/journal/open.ts'
import { event, record } from '../records.ts'

/** Writes to a journal from many sides at once until it is killed, and says on stdout what was acknowledged. */
const dir = process.argv[2]!
const journal = openJournal(dir, { now: Date.now, randomUUID })

async function writeReadings(side: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `${randomUUID()}-${side}`
    const rows = Array.from({ length: 1 + ((i + side) % 5) }, (_, row) => (row === 0 ? { id } : {}))
    const key = `last-${side}`
    const placed = await journal.write((tx) => {
      tx.events('events', [event('raised', { id })])
      tx.putState(key, id)
      return tx.record(record(rows))
    })
    process.stdout.write(`${JSON.stringify({ id, key, epoch: placed.epoch, first: placed.first })}\n`)
  }
}

async function writeAndDrop(): Promise<never> {
  for (;;) {
    for (let i = 0; i < 20; i++)
      await journal.write((tx) => tx.record(record([{}, {}, {}], { model: 'short-lived' })))
    await journal.retain('short-lived', 0, Date.now() + 1)
  }
}

await Promise.all([writeAndDrop(), ...Array.from({ length: 12 }, (_, side) => writeReadings(side))])
