import { useTranslation } from 'react-i18next'
import { AnswerList } from '../said/AnswerList.tsx'
import { answers } from '../said/answers.ts'
import { WhyNot } from '../said/WhyNot.tsx'
import { useFormat } from '../words.ts'
import type { LivePart } from './LiveTable.tsx'
import { watchedClass } from './watched-class.ts'

/** What a model said of one asset, where there is no number to follow over time. */
export function LiveSaid({ look, alert, ageMs, stale, missing }: LivePart) {
  const { t } = useTranslation()
  const format = useFormat()
  const { newest, manifest, asset } = look
  return (
    <div className="live-said">
      <header>
        <h2>{t('said.heading', { asset })}</h2>
        {ageMs !== null && (
          <span className={stale ? 'hatched' : 'muted'}>{t('age.old', { age: format.age(ageMs) })}</span>
        )}
      </header>
      {missing ? (
        <WhyNot missing={missing} big />
      ) : newest ? (
        <AnswerList
          answers={answers(newest, manifest.outputs, format, t)}
          watched={watchedClass(manifest, alert, format, t)}
        />
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </div>
  )
}
