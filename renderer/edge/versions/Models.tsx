import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useModel } from '../client/queries.ts'
import { NoModel } from '../now/NoModel.tsx'
import { useFormat } from '../words.ts'
import { Drills } from './Drills.tsx'
import { Guardrails } from './Guardrails.tsx'
import { ModelHead } from './ModelHead.tsx'
import { Processors } from './Processors.tsx'
import { Slots } from './Slots.tsx'
import { useChosenModel } from './use-chosen.ts'
import '../shelve/shelve.css'
import './versions.css'
import './ask.css'
import './figures.css'

/** What runs, can I go back, what waits. */
export function Models() {
  const { t } = useTranslation()
  const { models, model, choose } = useChosenModel()
  useTitle(t('screens.models'))
  return (
    <div className="models-screen">
      {model ? (
        <OneModel key={model.id} models={models} model={model} choose={choose} />
      ) : (
        <>
          <h1 className="sr" tabIndex={-1}>
            {t('screens.models')}
          </h1>
          <NoModel />
        </>
      )}
    </div>
  )
}

interface Props {
  models: readonly ModelSummary[]
  model: ModelSummary
  choose: (id: string) => void
}

function OneModel({ models, model, choose }: Props) {
  const { running, staged } = model.slots
  const tried = running ?? staged
  return (
    <>
      <ModelHead models={models} model={model} choose={choose} note={usePeople(model.id)} />
      <Slots model={model} />
      <div className="lower">
        {tried && <Processors slot={tried} />}
        <Drills model={model} />
      </div>
      <Guardrails model={model} />
    </>
  )
}

/** Inputs, and the people who answer for it. */
function usePeople(id: string): string {
  const { t } = useTranslation()
  const format = useFormat()
  const { data } = useModel(id)
  if (!data) return ''
  const { people, inputs } = data.manifest
  const named = [
    t('models.owner', { name: people.owner.name }),
    ...(people.onCall ? [t('models.onCall', { name: people.onCall.name })] : []),
  ]
  return `${t('models.inputs', { count: inputs.features.length })}. ${format.list(named)}.`
}
