import { z } from 'zod'
import { type Stream, streamNames, streams } from '#core/chain/streams.ts'
import { addFinding } from '../store/findings.ts'
import { watermarksOf } from '../store/sync.ts'
import type { Projector } from './projector.ts'

/** As a machine writes it down when it opens its journal: its disk no longer has these rows. */
const lostSchema = z.object({
  why: z.literal('lost'),
  stream: z.enum(streamNames as [Stream, ...Stream[]]),
  epoch: z.uuid(),
  first: z.int().positive(),
  last: z.int().positive(),
})

/** Rows that a machine lost before they were here: nobody has them, and nobody would otherwise ever hear that they were. */
export const lostRows = (now: () => number): Projector => ({
  kinds: ['gap'],
  apply: async (tx, device, events) => {
    for (const { body } of events) {
      const lost = lostSchema.safeParse(body)
      if (!lost.success) continue // what retention dropped
      const { stream, epoch, last } = lost.data
      const marks = await watermarksOf(tx, device.id)
      const ack = marks.find((one) => one.epoch === epoch && one.stream === streams[stream])?.ack ?? 0
      const first = Math.max(lost.data.first, ack + 1)
      if (first > last) continue
      const words = `Rows ${first} to ${last} of ${stream} were lost on the disk of the machine before they were here.`
      const detail = { stream, epoch, first, last }
      await addFinding(tx, device.id, { at: new Date(now()), kind: 'lost', words, detail })
    }
  },
})
