import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { feedbackAnswerSchema } from '#core/contracts/alert.ts'
import { fleetSummarySchema } from '#core/contracts/fleet.ts'
import { registryPageSchema } from '#core/contracts/registry.ts'
import {
  feedbackFiguresSchema,
  type ReviewItem,
  reviewPageSchema,
  reviewStateSchema,
} from '#core/contracts/review.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useMay } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Choice } from '../parts/Choice.tsx'
import { Page } from '../parts/Page.tsx'
import { Export } from './Export.tsx'
import { type FeedbackFilter, queueParams } from './feedback-filter.ts'
import { Queue } from './Queue.tsx'
import { Review } from './Review.tsx'
import './feedback.css'

const pageLimit = 50
const none: readonly ReviewItem[] = []

/** What people said of alerts, to be looked at one after the other. */
export function Feedback() {
  const { t } = useTranslation()
  const may = useMay()
  const filter = useSearch({ from: '/feedback' })
  const navigate = useNavigate({ from: '/feedback' })
  const [exports, setExports] = useState(false)
  const [cursors, setCursors] = useState<readonly string[]>([])
  const set = (change: Partial<FeedbackFilter>) => {
    if (!('item' in change)) setCursors([])
    const next = { ...('item' in change ? {} : { item: undefined }), ...change }
    void navigate({
      to: '/feedback',
      search: (before: FeedbackFilter) => ({ ...before, ...next }),
      replace: true,
    })
  }
  const page = useGet(reviewPageSchema, '/api/feedback', {
    params: { ...queueParams(filter), limit: pageLimit, cursor: cursors.at(-1) },
    everyMs: 30_000,
  })
  const items = page.data?.items ?? none
  const first = page.isPlaceholderData ? undefined : items[0]?.id
  // The first one opens by itself, once: what arrives later moves nothing under a finger.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when there is none open
  useEffect(() => {
    if (filter.item === undefined && first !== undefined) set({ item: first })
  }, [filter.item, first])
  return (
    <Page
      title={t('screens.feedback')}
      acts={
        <>
          <Link className="btn" to="/feedback/retraining">
            {t('retraining.title')}
          </Link>
          {may('publisher') && <Button onPress={() => setExports(true)}>{t('feedback.export')}</Button>}
        </>
      }
    >
      <Filters filter={filter} onSet={set} />
      {!page.data && <Pending error={page.error} retry={() => void page.refetch()} />}
      {page.data && (
        <div className="review-desk">
          <Queue
            items={items}
            open={filter.item}
            busy={page.isPlaceholderData}
            hasBefore={cursors.length > 0}
            hasNext={page.data.next !== null}
            onOpen={(item) => set({ item })}
            onBefore={() => setCursors(cursors.slice(0, -1))}
            onNext={() => page.data.next !== null && setCursors([...cursors, page.data.next])}
          />
          <Review id={filter.item} items={items} onOpen={(item) => set({ item })} />
        </div>
      )}
      {exports && <Export filter={filter} onClose={() => setExports(false)} />}
    </Page>
  )
}

interface FiltersProps {
  filter: FeedbackFilter
  onSet: (change: Partial<FeedbackFilter>) => void
}

function Filters({ filter, onSet }: FiltersProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  const models = useGet(registryPageSchema, '/api/registry', { params: { limit: 200 } }).data
  const { model, site } = filter
  const counts = useGet(feedbackFiguresSchema, '/api/feedback/figures', {
    params: { model, site },
    everyMs: 30_000,
  }).data?.reviews
  const all = [['', t('machines.all')]] as const
  return (
    <section className="panel filters" aria-label={t('machines.filter')}>
      <Choice
        label={t('feedback.state')}
        value={filter.state ?? 'open'}
        options={[
          ...reviewStateSchema.options.map(
            (each) =>
              [
                each,
                counts
                  ? `${t(`reviewState.${each}`)} (${format.number(counts[each])})`
                  : t(`reviewState.${each}`),
              ] as const,
          ),
          ['all', t('machines.all')] as const,
        ]}
        onChange={(state) => onSet({ state: state === 'open' ? undefined : state })}
      />
      <Choice
        label={t('table.model')}
        value={model ?? ''}
        options={[...all, ...(models?.items ?? []).map((each) => [each.model, each.model] as const)]}
        onChange={(to) => onSet({ model: to || undefined })}
      />
      <Choice
        label={t('fleet.site')}
        value={site ?? ''}
        options={[...all, ...(fleet?.sites ?? []).map((each) => [each.site, each.site] as const)]}
        onChange={(to) => onSet({ site: to || undefined })}
      />
      <Choice
        label={t('feedback.answer')}
        value={filter.answer ?? ''}
        options={[
          ...all,
          ...feedbackAnswerSchema.options.map((each) => [each, t(`answer.${each}`)] as const),
        ]}
        onChange={(answer) => onSet({ answer: answer || undefined })}
      />
      <Choice
        label={t('feedback.disagreement')}
        value={filter.disagreement === undefined ? '' : (String(filter.disagreement) as 'true' | 'false')}
        options={[...all, ['true', t('feedback.differs')], ['false', t('feedback.agrees')]]}
        onChange={(to) => onSet({ disagreement: to === '' ? undefined : to === 'true' })}
      />
    </section>
  )
}
