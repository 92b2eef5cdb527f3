import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ReviewItem, type ReviewState, reviewItemSchema } from '#core/contracts/review.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useMay } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { Correct } from './Correct.tsx'
import { Item } from './Item.tsx'
import { useReviewKeys } from './use-review-keys.ts'

interface Props {
  id: number | undefined
  items: readonly ReviewItem[]
  onOpen: (id: number) => void
}

interface Verdict {
  state: ReviewState
  label?: string
}

/** The open one, and what can be said of it: one press or one key each, and a way back. */
export function Review({ id, items, onOpen }: Props) {
  const { t } = useTranslation()
  const may = useMay()('publisher')
  const { data, error, refetch } = useGet(reviewItemSchema, `/api/feedback/${id}`, {
    enabled: id !== undefined,
  })
  const change = useChange(reviewItemSchema, 'POST', ['feedback'])
  const [last, setLast] = useState<{ id: number; before: ReviewItem['review']; state: ReviewState } | null>(
    null,
  )
  const [corrects, setCorrects] = useState<number | null>(null)
  const [byKey, setByKey] = useState(true)
  const [written, setWritten] = useState<{ id: number; comment: string } | null>(null)
  const item = data?.id === id ? data : undefined
  // What is decided anew keeps the comment that it has, unless somebody changes it.
  const comment = written && written.id === id ? written.comment : (item?.review.comment ?? null)
  const place = items.findIndex((each) => each.id === id)
  const step = (by: 1 | -1) => {
    const to = items[place + by]
    if (to) onOpen(to.id)
  }
  const decide = ({ state, label }: Verdict) => {
    if (!item || change.isPending) return
    const next = items[place + 1] ?? items[place - 1]
    const done = { id: item.id, before: item.review, state }
    const said = comment?.trim() ?? ''
    const body = { state, ...(label !== undefined && { label }), ...(said !== '' && { comment: said }) }
    change.mutate(
      { path: `/api/feedback/${item.id}/review`, body },
      {
        onSuccess: () => {
          setLast(done)
          setCorrects(null)
          setWritten(null)
          if (next) onOpen(next.id)
        },
      },
    )
  }
  const undo = () => {
    if (!last || change.isPending) return
    const { state, label, comment } = last.before
    const body = { state, ...(label !== null && { label }), ...(comment !== null && { comment }) }
    change.mutate(
      { path: `/api/feedback/${last.id}/review`, body },
      {
        onSuccess: () => {
          onOpen(last.id)
          setLast(null)
        },
      },
    )
  }
  useReviewKeys(byKey, (key) => {
    if (key === 'j') step(1)
    else if (key === 'k') step(-1)
    else if (!may) return
    else if (key === 'a') decide({ state: 'accepted' })
    else if (key === 'x') decide({ state: 'excluded' })
    else if (key === 'u') undo()
    else if (item) setCorrects(item.id)
  })
  if (id === undefined) return <section className="panel muted">{t('feedback.nothingOpen')}</section>
  return (
    <section className="panel item" aria-label={t('feedback.open')}>
      {item && may && (
        <div className="verdicts">
          {corrects === item.id ? (
            <Correct
              item={item}
              busy={change.isPending}
              onLabel={(label) => decide({ state: 'corrected', label })}
              onClose={() => setCorrects(null)}
            />
          ) : (
            <div className="acts">
              <Button primary busy={change.isPending} onPress={() => decide({ state: 'accepted' })}>
                {t('review.accept')} {byKey && <kbd>A</kbd>}
              </Button>
              <Button busy={change.isPending} onPress={() => setCorrects(item.id)}>
                {t('review.correct')} {byKey && <kbd>C</kbd>}
              </Button>
              <Button busy={change.isPending} onPress={() => decide({ state: 'excluded' })}>
                {t('review.exclude')} {byKey && <kbd>X</kbd>}
              </Button>
              <Button off={last === null} busy={change.isPending} onPress={undo}>
                {t('review.undo')} {byKey && <kbd>U</kbd>}
              </Button>
            </div>
          )}
          {comment === null ? (
            <Button className="bare aside" onPress={() => setWritten({ id: item.id, comment: '' })}>
              {t('review.addComment')}
            </Button>
          ) : (
            <Field
              label={t('review.comment')}
              maxLength={2000}
              autoFocus={comment === ''}
              value={comment}
              onText={(text) => setWritten({ id: item.id, comment: text })}
            />
          )}
          <Trouble error={change.error} />
          <p role="status" className="sr">
            {last && t('review.done', { what: t(`reviewState.${last.state}`) })}
          </p>
        </div>
      )}
      {!item && <Pending error={error} retry={() => void refetch()} />}
      {item && <Item of={item} />}
      {item && (
        <Button className="bare aside keys" aria-pressed={byKey} onPress={() => setByKey(!byKey)}>
          {t(byKey ? 'review.keysOn' : 'review.keysOff')}
        </Button>
      )}
    </section>
  )
}
