import { useTranslation } from 'react-i18next'
import type { ReviewItem } from '#core/contracts/review.ts'
import { Button } from '../../ui/Button.tsx'
import { Shape } from '../../ui/Shape.tsx'
import { When } from '../parts/Time.tsx'
import { useSay } from '../registry/version-words.ts'

const rank = { high: 1, medium: 2, low: 3 } as const

interface Props {
  items: readonly ReviewItem[]
  open: number | undefined
  busy: boolean
  hasBefore: boolean
  hasNext: boolean
  onOpen: (id: number) => void
  onBefore: () => void
  onNext: () => void
}

/** The answers that fit the filter, newest arrival first; a page of them. */
export function Queue({ items, open, busy, hasBefore, hasNext, onOpen, onBefore, onNext }: Props) {
  const { t } = useTranslation()
  const say = useSay()
  return (
    <section className="panel queue" aria-label={t('feedback.queue')} aria-busy={busy || undefined}>
      {items.length === 0 && <p className="muted">{t('feedback.none')}</p>}
      <ul>
        {items.map(({ id, alert, machine, site, answer, by, arrivedAt, review, disagreement }) => (
          <li key={id}>
            <button type="button" aria-current={id === open || undefined} onClick={() => onOpen(id)}>
              <Shape p={rank[alert.priority]} none={review.state !== 'open'} />
              <span>
                <span className="strong">{say(alert.title)}</span>
                <br />
                {t(`answer.${answer}`)}
                {disagreement && answer !== 'false' && `, ${t('feedback.differs')}`}
                {review.state !== 'open' && (
                  <span className="muted">
                    {' · '}
                    {t(`reviewState.${review.state}`)}
                  </span>
                )}
                <span className="note line">
                  {machine}, {site} · {by} · <When at={arrivedAt} />
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {(hasBefore || hasNext) && (
        <nav className="pager" aria-label={t('table.pages', { table: t('feedback.queue') })}>
          <Button off={!hasBefore} onPress={onBefore}>
            {t('table.before')}
          </Button>
          <Button off={!hasNext || busy} onPress={onNext}>
            {t('table.next')}
          </Button>
        </nav>
      )}
    </section>
  )
}
