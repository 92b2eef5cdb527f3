import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { say } from '#core/contracts/text.ts'
import { displayUnit } from '../../ui/units.ts'
import { ValueBar } from '../../ui/ValueBar.tsx'
import { type Answer, answers, isManifold } from '../said/answers.ts'
import type { NoAnswer } from '../said/no-answer.ts'
import { ShareBar } from '../said/ShareBar.tsx'
import { WhyNot } from '../said/WhyNot.tsx'
import { useFormat } from '../words.ts'
import type { Look } from './use-look.ts'

export interface LivePart {
  look: Look
  alert: Alert | undefined
  ageMs: number | null
  stale: boolean
  /** Why the newest reading has no answer. */
  missing: NoAnswer | undefined
}

/** Characters of a name that would take three lines at full size. */
const longName = 36

/** Rows that are seen without scrolling. */
const fitting = 6

interface Props extends LivePart {
  features: readonly Feature[]
  /** Whether this is the place for what the model said, and for why it said nothing. */
  says: boolean
}

/** The newest value of each feature against its usual range; hatched where it is old or missing. */
export function LiveTable({ look, alert, features, ageMs, stale, missing, says }: Props) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const { newest, manifest } = look
  const title = t('now.assetNow', { asset: look.asset })
  const said =
    says && newest && isManifold(manifest.outputs) ? answers(newest, manifest.outputs, format, t) : []
  const rows = features.length + said.length
  const isLong = features.some((feature) => say(feature.title, i18n.language).length > longName)
  const className = ['now', rows > 5 && 'many', isLong && 'long'].filter(Boolean).join(' ')
  // Where not all can be seen at once, those that stand out come first.
  const ordered = rows > fitting ? outFirst(features, alert) : features
  const isTall = rows > 3 && features.some(({ kind }) => kind === 'text')
  return (
    <div className={says && missing ? 'live-table doubtful' : 'live-table'}>
      <header>
        <h2>{title}</h2>
      </header>
      {says && missing && <WhyNot missing={missing} />}
      {newest ? (
        <section
          className="now-scroll"
          tabIndex={rows > fitting || (says && missing) || isTall ? 0 : undefined}
          aria-label={title}
        >
          <table className={className} aria-label={title}>
            <thead className="sr">
              <tr>
                <th scope="col">{t('now.column.name')}</th>
                <th scope="col">{t('now.column.bar')}</th>
                <th scope="col">{t('now.column.value')}</th>
              </tr>
            </thead>
            {said.length > 0 && (
              <tbody className="says">
                {said.map((answer) => (
                  <SaidRow key={answer.key} answer={answer} stale={stale} />
                ))}
              </tbody>
            )}
            <tbody>
              {ordered.map((feature) => (
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

function outFirst(features: readonly Feature[], alert: Alert | undefined): readonly Feature[] {
  const out = new Set(alert?.contributions.map(({ feature }) => feature))
  const [first, then] = [true, false].map((wanted) => features.filter(({ name }) => out.has(name) === wanted))
  return [...(first ?? []), ...(then ?? [])]
}

function SaidRow({ answer: { title, words, share, note }, stale }: { answer: Answer; stale: boolean }) {
  const look = stale ? 'val muted' : 'val'
  return (
    <>
      <tr>
        <th scope="row">{title}</th>
        {share !== undefined && (
          <td className="bar">
            <ShareBar share={share} />
          </td>
        )}
        <td className={look} colSpan={share === undefined ? 2 : 1}>
          {words}
        </td>
      </tr>
      {note !== undefined && (
        <tr>
          <td className="note" colSpan={3}>
            {note}
          </td>
        </tr>
      )}
    </>
  )
}

interface RowProps {
  feature: Feature
  look: Look
  ageMs: number | null
  stale: boolean
}

function LiveRow({ feature, look, ageMs, stale }: RowProps) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const value = look.newest?.values[feature.name] ?? null
  const words = wordsOf(feature, value, look.newest?.texts?.[feature.name] ?? null)
  const shown =
    words?.kind === 'series'
      ? feature.length === undefined
        ? t('now.series')
        : t('now.seriesOf', { n: format.number(feature.length) })
      : words?.kind === 'image'
        ? t('now.image')
        : words?.text
  const usual = look.usual(feature.name)
  const doubt =
    stale && ageMs !== null
      ? t('age.old', { age: format.age(ageMs) })
      : value === null && shown === undefined
        ? t('now.noValue')
        : null
  const title = say(feature.title, i18n.language)
  if (words?.kind === 'text')
    return (
      <tr>
        <th scope="row">{title}</th>
        <td className={doubt === null ? 'free' : 'free muted'} colSpan={2}>
          {doubt !== null && <span className="hatched">{doubt}</span>}
          <span className="text" title={words.text}>
            {words.text}
          </span>
        </td>
      </tr>
    )
  return (
    <tr>
      <th scope="row">{title}</th>
      <td className="bar">
        {doubt !== null ? (
          <span className="hatched">{doubt}</span>
        ) : (
          usual && value !== null && shown === undefined && <ValueBar value={value} usual={usual} />
        )}
      </td>
      <td className={doubt === null ? 'val' : 'val muted'}>
        {shown ?? (value === null ? '–' : format.value(value, usual))}{' '}
        <span className="unit">{displayUnit(feature.unit, i18n.language)}</span>
      </td>
    </tr>
  )
}

interface Words {
  kind: 'word' | 'text' | 'series' | 'image'
  text: string
}

/** What a value that is no number reads as; undefined for numbers and for what is missing. */
function wordsOf(
  { kind, codes, words }: Feature,
  value: number | null,
  text: string | null,
): Words | undefined {
  if (kind === 'category') {
    const word = text ?? (value === null ? undefined : (words?.[value] ?? codeOf(codes ?? {}, value)))
    return word === undefined ? undefined : { kind: 'word', text: word }
  }
  return kind === 'number' || text === null ? undefined : { kind, text }
}

function codeOf(codes: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.entries(codes).find(([, code]) => code === value)?.[0]
}
