import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { displayUnit } from '../../ui/units.ts'
import { ValueBar } from '../../ui/ValueBar.tsx'
import { useFormat } from '../words.ts'
import { colourOf } from './order.ts'
import { beyondWords } from './reason.ts'

/** The inputs that stand out, with where they stand against what is usual. */
export function Why({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  return (
    <section className="panel">
      <h2>
        {t('alert.why')}
        {alert.contributions.length > 0 && <span className="note">{t('alert.whyNote')}</span>}
      </h2>
      {alert.contributions.length === 0 && (
        <p className="muted">{t(alert.by === 'rules' ? 'alert.byRules' : 'alert.nothingOut')}</p>
      )}
      <dl className="inputs">
        {alert.contributions.map((c) => (
          <div key={c.feature}>
            <dt>{say(c.title, i18n.language)}</dt>
            <dd className="val">
              {format.value(c.value, c.usual)}{' '}
              <span className="unit">{displayUnit(c.unit, i18n.language)}</span>
            </dd>
            <dd>
              <ValueBar
                value={c.value}
                usual={c.usual}
                p={colourOf(alert) || undefined}
                ends={[format.end(c.usual.min, c.usual), format.end(c.usual.max, c.usual)]}
              />
            </dd>
            <dd className="muted">{beyondWords(c, format, t)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
