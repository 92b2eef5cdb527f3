import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useServerNow } from '../client/context.ts'
import { useDeploy } from '../client/deploy.ts'
import { NoModel } from '../now/NoModel.tsx'
import { ModelHead } from '../versions/ModelHead.tsx'
import { isBarred } from '../versions/Revoked.tsx'
import { besides, startable, trialUntil } from '../versions/standing.ts'
import { useChosenModel } from '../versions/use-chosen.ts'
import { useSlotState } from '../versions/use-slot-state.ts'
import { Beside } from './Beside.tsx'
import { Candidate } from './Candidate.tsx'
import { PackageFile } from './PackageFile.tsx'
import { Running } from './Running.tsx'
import { Start } from './Start.tsx'
import { Withdrawn } from './Withdrawn.tsx'
import '../shelve/shelve.css'
import '../versions/versions.css'
import '../versions/ask.css'
import '../versions/figures.css'
import './swap.css'

/** From a package to the version that answers: each step, what goes on in it, and the reason of any refusal. */
export function Swap() {
  const { t } = useTranslation()
  const { models, model, choose } = useChosenModel()
  useTitle(t('screens.swap'))
  if (model)
    return (
      <div className="swap-screen">
        <OneSwap key={model.id} models={models} model={model} choose={choose} />
      </div>
    )
  return (
    <div className="swap-screen">
      <h1 className="sr" tabIndex={-1}>
        {t('screens.swap')}
      </h1>
      <NoModel />
      <PackageFile onStaged={choose} />
    </div>
  )
}

interface Props {
  models: readonly ModelSummary[]
  model: ModelSummary
  choose: (id: string) => void
}

function OneSwap({ models, model, choose }: Props) {
  const { t } = useTranslation()
  const nowMs = useServerNow()
  const deploy = useDeploy(model)
  const slotState = useSlotState(model)
  const { running, staged } = model.slots
  const state = staged?.deployment
  const withdrawn = running?.deployment.state === 'withdrawn'
  const onTrial = running !== null && trialUntil(running, nowMs) !== undefined
  const note = running
    ? t('swap.runs', { version: running.version, state: slotState(running, 'running') })
    : t('slot.none.running')
  return (
    <>
      <ModelHead models={models} model={model} choose={choose} note={note} />
      <PackageFile onStaged={choose} />
      <div className="swap-way">
        {running && withdrawn && <Withdrawn model={model} slot={running} />}
        {staged ? (
          <Candidate model={model} slot={staged}>
            {startable(staged.deployment) && !isBarred(staged) && (
              <Start model={model} slot={staged} deploy={deploy} />
            )}
            {besides(state) && <Beside model={model} slot={staged} deploy={deploy} />}
          </Candidate>
        ) : (
          running && !withdrawn && <Running model={model} slot={running} />
        )}
        {staged && onTrial && <Running model={model} slot={running} />}
      </div>
    </>
  )
}
