import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { AnswerList } from '../said/AnswerList.tsx'
import { AssetImage } from '../said/AssetImage.tsx'
import { useClaim } from '../said/use-claim.ts'
import { useFormat } from '../words.ts'
import { colourOf } from './order.ts'

/** The images that the model judged, large, beside what it said of them, and what else there is of that. */
export function ImagePanel({ alert, children }: { alert: Alert; children?: ReactNode }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const claim = useClaim(alert)
  const nowMs = useServerNow(60_000)
  const [size, setSize] = useState<string>()
  const images = alert.images ?? []
  const [first] = images
  if (!first) return null
  const time = format.whenS(Date.parse(alert.raisedAt), nowMs)
  const isRisk = claim?.kind === 'risk'
  const level = (value: number) => (isRisk ? format.percent(value) : format.number(value, 6, false))
  const above = alert.direction === 'above'
  const levels = [
    t(above ? 'alert.alertsAbove' : 'alert.alertsBelow', { value: level(alert.raiseLevel) }),
    t(above ? 'alert.clearsBelow' : 'alert.clearsAbove', { value: level(alert.clearLevel) }),
  ].join(', ')
  return (
    <section className="panel">
      <h2>
        {say(first.title, i18n.language)}
        <span className="note">{t('image.by', { time, version: alert.model.version })}</span>
      </h2>
      <div className="beside">
        {images.map(({ feature, title, sha256 }) => (
          <div className="shot" key={feature}>
            <AssetImage
              key={sha256}
              model={alert.model.id}
              sha256={sha256}
              alt={t('image.alt', { title: say(title, i18n.language), asset: alert.asset, time })}
              onSize={setSize}
            />
          </div>
        ))}
        <div className="said-of">
          {claim && (
            <AnswerList
              answers={[
                {
                  key: 'claim',
                  title: claim.title,
                  words: claim.figure,
                  ...(isRisk && alert.score !== null && { share: alert.score, name: claim.title }),
                  ...(claim.kind === 'label' && { note: t('said.labelOnly') }),
                  ...(claim.between !== undefined && { note: claim.between }),
                },
              ]}
              watched={isRisk ? { name: claim.title, level: alert.raiseLevel, words: levels } : undefined}
              p={colourOf(alert)}
            />
          )}
          <p className="muted">{say(alert.cause, i18n.language)}</p>
          {alert.contributions.length === 0 && <p className="muted">{t('image.whereNot')}</p>}
          {size !== undefined && <p className="note">{size}</p>}
        </div>
      </div>
      {children}
    </section>
  )
}
