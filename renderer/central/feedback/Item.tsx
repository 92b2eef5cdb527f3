import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { registryVersionDetailSchema } from '#core/contracts/registry.ts'
import type { ReviewItem } from '#core/contracts/review.ts'
import { useFormat } from '../../ui/use-format.ts'
import { useGet } from '../client/queries.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { Facts } from '../parts/Facts.tsx'
import { When } from '../parts/Time.tsx'
import { shareWords } from '../performance/share-words.ts'
import { useSay, versionPath } from '../registry/version-words.ts'
import { Served } from './Served.tsx'

/** An answer of a person: to what, what they said, what was decided, and what the model was given. */
export function Item({ of }: { of: ReviewItem }) {
  const { t } = useTranslation()
  const say = useSay()
  const { alert, review, model, version } = of
  // Titles and units stand in the manifest; of a version that the registry does not have, names alone are shown.
  const manifest = useGet(registryVersionDetailSchema, versionPath(model, version)).data?.manifest
  return (
    <>
      <h2 className="say">{say(alert.title)}</h2>
      <p className="lead">
        <span className="strong">{t(`answer.${of.answer}`)}</span>, {of.by}, <When at={of.at} />
      </p>
      {of.note !== null && <blockquote className="said">{of.note}</blockquote>}
      {review.state !== 'open' && <Reviewed of={review} />}
      <div className="columns">
        <div>
          <h3 className="strong">{t('feedback.decided')}</h3>
          <Decided of={of} />
        </div>
        <div>
          <h3 className="strong">{t('feedback.where')}</h3>
          <Facts
            of={[
              [
                t('machines.name'),
                <MachineLink key="m" of={{ device: of.device, name: of.machine, site: of.site }} />,
              ],
              [t('feedback.asset'), alert.asset ?? <span className="muted">{t('feedback.assetStays')}</span>],
              [t('feedback.raised'), <When key="r" at={alert.raisedAt} />],
              [
                t('table.version'),
                <Link key="v" className="inline" to="/registry/$model/$version" params={{ model, version }}>
                  {model} {version}
                </Link>,
              ],
              [t('feedback.owner'), of.owner.name ?? <span className="muted">{t('owner.nobody')}</span>],
            ]}
          />
        </div>
      </div>
      <h3 className="strong">{t('feedback.served')}</h3>
      {of.features === null ? (
        <p className="muted" lang="en">
          {of.why}
        </p>
      ) : (
        <Served features={of.features} known={manifest?.features ?? []} />
      )}
    </>
  )
}

function Reviewed({ of: { state, label, reviewer, at, comment } }: { of: ReviewItem['review'] }) {
  const { t } = useTranslation()
  return (
    <p>
      <span className="strong">{t(`reviewState.${state}`)}</span>
      {label !== null && `: ${label}`}
      {reviewer !== null && `, ${reviewer}`}
      {at !== null && (
        <>
          , <When at={at} />
        </>
      )}
      {comment !== null && ` (${comment})`}
    </p>
  )
}

function Decided({ of: { decision, alert } }: { of: ReviewItem }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (decision === null) return <p className="muted">{t('feedback.notDecided')}</p>
  const { verdict, by, probability, classes, label, value, targets, interval, marks } = decision
  return (
    <Facts
      of={[
        [t('feedback.verdict'), `${t(`verdict.${verdict}`)}, ${t(`answeredShort.${by}`)}`],
        [t('feedback.rule'), <code key="rule">{alert.rule}</code>],
        probability === undefined
          ? null
          : [t('feedback.probability'), shareWords(probability, format.number)],
        label === undefined ? null : [t('feedback.class'), label],
        value === undefined
          ? null
          : [t('feedback.value'), interval ? `${value} (${interval.low} … ${interval.high})` : String(value)],
        ...Object.entries(classes ?? {})
          .sort(([, a], [, b]) => b - a)
          .slice(0, 8)
          .map(([name, share]) => [name, shareWords(share, format.number)] as const),
        ...Object.entries(targets ?? {}).map(([name, of]) => [name, String(of)] as const),
        marks === undefined || marks.length === 0 ? null : [t('feedback.marks'), marks.join(', ')],
      ]}
    />
  )
}
