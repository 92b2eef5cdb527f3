import { useTranslation } from 'react-i18next'
import type { RegistryVersionDetail } from '#core/contracts/registry.ts'
import type { ReviewItem } from '#core/contracts/review.ts'
import { displayUnit } from '../../ui/units.ts'
import { useSay } from '../registry/version-words.ts'

interface Props {
  features: NonNullable<ReviewItem['features']>
  known: NonNullable<RegistryVersionDetail['manifest']>['features']
}

/** Each value exactly as the model was given it, not rounded; in the order of the manifest. */
export function Served({ features: { values, withheld, pseudonymised, window }, known }: Props) {
  const { t, i18n } = useTranslation()
  const say = useSay()
  const titles = new Map(known.map((each) => [each.name, each]))
  const names = [...new Set([...known.map(({ name }) => name), ...Object.keys(values), ...withheld])].filter(
    (name) => name in values || withheld.includes(name),
  )
  return (
    <>
      {window && (
        <p className="note">
          {t('feedback.window', { steps: window.steps, held: window.held })}
          {window.missing && ` ${t(`windowMissing.${window.missing}`)}`}
        </p>
      )}
      <table className="table served" aria-label={t('feedback.served')}>
        <thead>
          <tr>
            <th scope="col">{t('feedback.feature')}</th>
            <th scope="col" className="num">
              {t('feedback.value')}
            </th>
            <th scope="col">{t('feedback.unit')}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const feature = titles.get(name)
            return (
              <tr key={name}>
                <th scope="row">
                  {feature ? say(feature.title) : name}
                  {feature && say(feature.title) !== name && <span className="note"> {name}</span>}
                </th>
                {withheld.includes(name) ? (
                  <td colSpan={2} className="muted">
                    {t('feedback.withheld')}
                  </td>
                ) : (
                  <>
                    <td className="num">
                      <Value of={values[name] ?? null} />
                    </td>
                    <td className="muted">
                      {pseudonymised.includes(name)
                        ? t('feedback.pseudonym')
                        : displayUnit(feature?.unit, i18n.language)}
                    </td>
                  </>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </>
  )
}

type Value = NonNullable<ReviewItem['features']>['values'][string]

/** Numbers as the machine's journal holds them, to the last bit. */
function Value({ of }: { of: Value }) {
  const { t } = useTranslation()
  if (of === null) return <span className="muted">{t('feedback.missing')}</span>
  if (typeof of === 'string' && of.startsWith('sha256:'))
    return <code className="digest">{of.slice(0, 23)}</code>
  if (typeof of === 'boolean') return t(of ? 'feedback.true' : 'feedback.false')
  return Array.isArray(of) ? t('feedback.series', { count: of.length }) : String(of)
}
