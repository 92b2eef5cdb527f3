import { useTranslation } from 'react-i18next'
import type { GateFigure } from '#core/contracts/rollout.ts'
import { useFigureWords } from './rollout-words.ts'

/** How far each figure of a gate is from what it would do. */
export function Gate({ name, figures }: { name: string; figures: readonly GateFigure[] }) {
  const { t } = useTranslation()
  const words = useFigureWords()
  if (figures.length === 0) return null
  return (
    <>
      <p className="note gatehead">{t('gate.of', { name })}</p>
      <dl className="gate">
        {figures.map((figure) => (
          <div key={figure.kind}>
            <dt>{words.name(figure)}</dt>
            <dd className={figure.value === null ? 'meter hatched' : 'meter'} aria-hidden="true">
              <i style={{ width: `${share(figure) * 100}%` }} />
              <u />
            </dd>
            <dd className="strong">{words.value(figure)}</dd>
            <dd>{words.limit(figure)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const share = ({ value, limit }: GateFigure): number =>
  value === null ? 0 : limit <= 0 ? 1 : Math.min(1, Math.abs(value) / limit)
