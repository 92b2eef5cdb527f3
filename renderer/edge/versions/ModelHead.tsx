import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'

interface Props {
  models: readonly ModelSummary[]
  model: ModelSummary
  choose: (id: string) => void
  /** What stands beside the name. */
  note: string
  children?: ReactNode
}

/** Which model, and what the screen can do with it. Several models: a choice above. */
export function ModelHead({ models, model, choose, note, children }: Props) {
  const { t, i18n } = useTranslation()
  const name = say(model.title, i18n.language)
  return (
    <>
      {models.length > 1 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its legend into the line
        <div className="pick models-pick" role="group" aria-label={t('models.choose')}>
          {models.map((each) => (
            <button
              type="button"
              key={each.id}
              aria-pressed={each.id === model.id}
              onClick={() => choose(each.id)}
            >
              {say(each.title, i18n.language)}
            </button>
          ))}
        </div>
      )}
      <div className="model-head">
        <h1 tabIndex={-1}>{name}</h1>
        <p className="muted">{note}</p>
        {children}
      </div>
    </>
  )
}
