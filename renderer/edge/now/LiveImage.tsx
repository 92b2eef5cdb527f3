import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { AnswerList } from '../said/AnswerList.tsx'
import { AssetImage, hexOf } from '../said/AssetImage.tsx'
import { answers } from '../said/answers.ts'
import { WhyNot } from '../said/WhyNot.tsx'
import { useFormat } from '../words.ts'
import type { LivePart } from './LiveTable.tsx'
import { watchedClass } from './watched-class.ts'

/** Images of one reading that fit beside each other. */
const mostImages = 2

/** The newest image of one asset, and what the model said of it. */
export function LiveImage({ look, alert, ageMs, stale, missing }: LivePart) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const [size, setSize] = useState<string>()
  const { newest, manifest, model, asset } = look
  const images = look.features.filter(({ kind }) => kind === 'image')
  const [first] = images
  return (
    <div className="live-image">
      <header>
        <h2>
          {first && say(first.title, i18n.language)}, {asset}
        </h2>
        {newest && ageMs !== null && (
          <span className={stale ? 'hatched' : 'muted'}>
            {t('image.when', { time: format.whenS(newest.timeMs, nowMs), age: format.age(ageMs) })}
          </span>
        )}
      </header>
      {newest ? (
        <div className="beside">
          {images.slice(0, mostImages).map((feature) => {
            const title = say(feature.title, i18n.language)
            const sha256 = hexOf(newest.texts?.[feature.name])
            return (
              <div className="shot" key={feature.name}>
                {sha256 !== undefined && !missing?.image ? (
                  <AssetImage
                    key={sha256}
                    model={model}
                    sha256={sha256}
                    alt={t('image.alt', { title, asset, time: format.timeS(newest.timeMs) })}
                    onSize={setSize}
                  />
                ) : (
                  <div className="picture hatched" />
                )}
              </div>
            )
          })}
          <div className="said-of">
            {missing ? (
              <WhyNot missing={missing} big />
            ) : (
              <AnswerList
                answers={answers(newest, manifest.outputs, format, t)}
                watched={watchedClass(manifest, alert, format, t)}
              />
            )}
            {size !== undefined && !missing?.image && <p className="note">{size}</p>}
          </div>
        </div>
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </div>
  )
}
