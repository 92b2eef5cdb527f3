import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { isAboutModel } from '../alert/about.ts'
import { rank } from '../alert/order.ts'
import { AssetImage } from '../said/AssetImage.tsx'
import { useClaim } from '../said/use-claim.ts'
import { useFormat } from '../words.ts'
import { CardWhy } from './CardWhy.tsx'

/** Why: the image where there is one, the value where the model gives one, and the inputs that stand out. */
export function CardEvidence({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const claim = useClaim(alert)
  const [image] = alert.images ?? []
  const { contributions } = alert
  if (isAboutModel(alert) || (alert.by === 'rules' && !image)) return <Said alert={alert} />
  if (image) {
    const title = say(image.title, i18n.language)
    const time = format.timeS(Date.parse(alert.raisedAt))
    return (
      <div className="seen">
        <div className="shot">
          <AssetImage
            key={image.sha256}
            model={alert.model.id}
            sha256={image.sha256}
            alt={t('image.alt', { title, asset: alert.asset, time })}
            small
          />
        </div>
        {contributions.length > 0 ? (
          <CardWhy contributions={contributions} p={rank[alert.priority]} />
        ) : (
          <p className="of">
            {title}
            <span className="note">{t('image.judged', { time })}</span>
          </p>
        )}
      </div>
    )
  }
  const value = claim?.kind === 'value' ? claim : undefined
  return (
    <>
      {value && (
        <p className="gives">
          <span className="strong">{t('said.value', { title: value.title, figure: value.figure })}</span>
          {value.between !== undefined && <span className="muted">{value.between}</span>}
        </p>
      )}
      {(!value || contributions.length > 0) && (
        <CardWhy
          contributions={contributions.slice(0, value ? 2 : 3)}
          p={rank[alert.priority]}
          brief={!!value}
        />
      )}
    </>
  )
}

/** Of the model itself, or by rules: no input was weighed, so the reason stands in words. */
function Said({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  return (
    <>
      <p>{say(alert.cause, i18n.language)}</p>
      <p className="muted">
        {isAboutModel(alert) ? say(alert.consequence, i18n.language) : t('alert.byRules')}
      </p>
    </>
  )
}
