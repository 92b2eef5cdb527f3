import { useTranslation } from 'react-i18next'
import { type StepName, type StepState, stepNames } from '../versions/standing.ts'

/** verify → load → golden → shadow → commit: what is behind it, where it is, where it ended. Shape and word, never a colour. */
export function Path({ steps, big = false }: { steps: Record<StepName, StepState>; big?: boolean }) {
  const { t } = useTranslation()
  return (
    <ol className={big ? 'path big' : 'path'} aria-label={t('path.label')}>
      {stepNames.map((name) => (
        <li key={name} className={steps[name]} aria-current={steps[name] === 'here' ? 'step' : undefined}>
          {big && <Glyph state={steps[name]} />}
          {t(`path.${name}`)}
          <span className="sr">: {t(`path.state.${steps[name]}`)}</span>
        </li>
      ))}
    </ol>
  )
}

function Glyph({ state }: { state: StepState }) {
  if (state !== 'done' && state !== 'failed') return null
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <path
        d={state === 'done' ? 'M1.5 7.5l4 4 7-9' : 'M2 2l10 10M12 2L2 12'}
        fill="none"
        stroke="currentColor"
        strokeWidth="2.25"
      />
    </svg>
  )
}
