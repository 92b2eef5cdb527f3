import { useTranslation } from 'react-i18next'
import type { Contribution } from '#core/contracts/decision.ts'
import { say } from '#core/contracts/text.ts'
import { displayUnit } from '../../ui/units.ts'
import { ValueBar } from '../../ui/ValueBar.tsx'
import { useFormat } from '../words.ts'

/** Characters of a name that needs two lines, and shares them with its usual range. */
const longName = 30

interface Props {
  contributions: readonly Contribution[]
  p: number
  /** Without the usual range in figures: something else is the claim. */
  brief?: boolean
}

/** The inputs that stand out, each with its value, its place against the usual range, and that range in figures. */
export function CardWhy({ contributions, p, brief = false }: Props) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  if (contributions.length === 0) return <p className="muted">{t('alert.nothingOut')}</p>
  const isLong = contributions.some(({ title }) => say(title, i18n.language).length > longName)
  return (
    <dl className={brief ? 'why brief' : isLong ? 'why long' : 'why'}>
      {contributions.map((c, i) => (
        <div key={c.feature}>
          <dt>{say(c.title, i18n.language)}</dt>
          <dd className="val">
            {format.value(c.value, c.usual)}{' '}
            <span className="unit">{displayUnit(c.unit, i18n.language)}</span>
          </dd>
          <dd className="bar">
            <ValueBar value={c.value} usual={c.usual} p={p} />
          </dd>
          {!brief && (
            <dd className="usual">
              {i === 0 ? t('usual', { range: format.span(c.usual) }) : format.span(c.usual)}
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}
