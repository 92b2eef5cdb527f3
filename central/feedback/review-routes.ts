import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  exportQuerySchema,
  feedbackFiguresQuerySchema,
  feedbackFiguresSchema,
  reviewItemSchema,
  reviewPageSchema,
  reviewQuerySchema,
  reviewRequestSchema,
} from '#core/contracts/review.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { longIdSchema } from '../api/ids.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { answerCounts, answerTotals } from '../store/feedback-figures.ts'
import { review, reviewRow, reviewsPage } from '../store/feedback-reviews.ts'
import { record } from '../store/log.ts'
import { ownersOf } from '../store/ownership.ts'
import { exportFeedback, mediaTypes } from './export/export.ts'
import { feedbackFigures } from './figures.ts'
import { shownReview } from './shown.ts'

const groups = 500
/** Each holds a connection to the database and a snapshot in it for as long as somebody reads. */
const exportsAtOnce = 2

/** What people answered: to be looked at, and to be taken away as training data. */
export function reviewRoutes(app: FastifyInstance, base: Base, notifier: Notifier): void {
  const { db, now } = base
  const item = async (id: number) => {
    const row = await reviewRow(db, id)
    if (!row) throw new EdgewrightError('review-unknown', `there is no answer ${id}`)
    return shownReview(row, await ownersOf(db, [row.model]))
  }
  const listDoc = { what: 'Answers of people to alerts', query: reviewQuerySchema, answer: reviewPageSchema }
  app.get('/api/feedback', { config: { central: 'viewer', doc: listDoc } }, async (request) => {
    const { rows, next } = await reviewsPage(db, parseBody(reviewQuerySchema, request.query))
    const owners = await ownersOf(
      db,
      rows.map(({ model }) => model),
    )
    return { items: rows.map((row) => shownReview(row, owners)), next }
  })
  const figuresDoc = {
    what: 'How many answers of which kind, and how many were real',
    ...{ query: feedbackFiguresQuerySchema, answer: feedbackFiguresSchema },
  }
  app.get('/api/feedback/figures', { config: { central: 'viewer', doc: figuresDoc } }, async (request) => {
    const filter = parseBody(feedbackFiguresQuerySchema, request.query)
    return feedbackFigures(await answerTotals(db, filter), await answerCounts(db, filter, groups))
  })
  const oneDoc = { what: 'One answer, with its reading', params: longIdSchema, answer: reviewItemSchema }
  app.get('/api/feedback/:id', { config: { central: 'viewer', doc: oneDoc } }, async (request) =>
    item(parseBody(longIdSchema, request.params).id),
  )
  const reviewDoc = {
    ...{ what: 'Says what an answer is worth', params: longIdSchema },
    ...{ body: reviewRequestSchema, answer: reviewItemSchema },
  }
  app.post(
    '/api/feedback/:id/review',
    { config: { central: 'publisher', doc: reviewDoc } },
    async (request) => {
      const { id } = parseBody(longIdSchema, request.params)
      const { state, label = null, comment = null } = parseBody(reviewRequestSchema, request.body)
      const [reviewer, at] = [askerOf(request).name, new Date(now())]
      await db.transaction().execute(async (tx) => {
        if (!(await review(tx, id, { state, label, comment, reviewer, at })))
          throw new EdgewrightError('review-unknown', `there is no answer ${id}`)
        await record(tx, at.getTime(), 'feedback.reviewed', reviewer, { id, state, label })
        await notifier.publish(tx, 'feedback.reviewed', { id, state, label, reviewer })
      })
      return item(id)
    },
  )
  exportRoute(app, base)
}

function exportRoute(app: FastifyInstance, { db, record: keep }: Base): void {
  let running = 0
  const doc = {
    what: 'Reviewed answers as training data',
    query: exportQuerySchema,
    answer: mediaTypes.jsonl,
  }
  app.get('/api/feedback/export', { config: { central: 'publisher', doc } }, async (request, reply) => {
    const query = parseBody(exportQuerySchema, request.query)
    if (running >= exportsAtOnce)
      throw new EdgewrightError('queue-full', `${exportsAtOnce} exports are under way already`)
    running += 1
    let isOver = false
    const ended = () => {
      if (!isOver) running -= 1
      isOver = true
    }
    try {
      await keep('feedback.exported', askerOf(request).name, query)
      const stream = Readable.from(await exportFeedback(db, query), { objectMode: false })
      stream.once('close', ended)
      return await reply
        .type(mediaTypes[query.format])
        .header('content-disposition', `attachment; filename="feedback.${query.format}"`)
        .send(stream)
    } catch (error) {
      ended()
      throw error
    }
  })
}
