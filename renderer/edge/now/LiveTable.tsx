import { useTranslation } from 'react-i18next'
import type { Feature } from '#core/contracts/manifest.ts'
import { say } from '#core/contracts/text.ts'
import { displayUnit } from '../../ui/units.ts'
import { ValueBar } from '../../ui/ValueBar.tsx'
import { useFormat } from '../words.ts'
import type { Look } from './use-look.ts'

/** The newest value of each feature against its usual range; hatched where it is old or missing. */
export function LiveTable({ look, ageMs, stale }: { look: Look; ageMs: number | null; stale: boolean }) {
  const { t } = useTranslation()
  const title = t('now.assetNow', { asset: look.asset })
  return (
    <div>
      <header>
        <h2>{title}</h2>
      </header>
      {look.newest ? (
        <section
          className="now-scroll"
          tabIndex={look.features.length > 6 ? 0 : undefined}
          aria-label={title}
        >
          <table className={look.features.length > 5 ? 'now many' : 'now'} aria-label={title}>
            <thead className="sr">
              <tr>
                <th scope="col">{t('now.column.name')}</th>
                <th scope="col">{t('now.column.bar')}</th>
                <th scope="col">{t('now.column.value')}</th>
              </tr>
            </thead>
            <tbody>
              {look.features.map((feature) => (
                <LiveRow key={feature.name} feature={feature} look={look} ageMs={ageMs} stale={stale} />
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </div>
  )
}

function LiveRow({
  feature,
  look,
  ageMs,
  stale,
}: {
  feature: Feature
  look: Look
  ageMs: number | null
  stale: boolean
}) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const value = look.newest?.values[feature.name] ?? null
  const usual = look.usual(feature.name)
  const word = feature.codes && Object.entries(feature.codes).find(([, code]) => code === value)?.[0]
  const doubt =
    stale && ageMs !== null
      ? t('age.old', { age: format.age(ageMs) })
      : value === null
        ? t('now.noValue')
        : null
  return (
    <tr>
      <th scope="row">{say(feature.title, i18n.language)}</th>
      <td className="bar">
        {doubt !== null ? (
          <span className="hatched">{doubt}</span>
        ) : (
          usual && value !== null && word === undefined && <ValueBar value={value} usual={usual} />
        )}
      </td>
      <td className={doubt === null ? 'val' : 'val muted'}>
        {word ?? (value === null ? '–' : format.value(value, usual))}{' '}
        <span className="unit">{displayUnit(feature.unit)}</span>
      </td>
    </tr>
  )
}
