import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ActivateRequest, ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { Button } from '../../ui/Button.tsx'
import type { useDeploy } from '../client/deploy.ts'
import { Ask, type Given } from '../versions/Ask.tsx'

const modes = ['shadow', 'canary', 'replace'] as const
const percents = [5, 10, 25, 50] as const
const reasons = ['release', 'correction', 'trial'] as const

interface Props {
  model: ModelSummary
  slot: Slot
  deploy: ReturnType<typeof useDeploy>
}

/** How it starts: beside the running version, for a share of the assets, or at once. */
export function Start({ model, slot, deploy }: Props) {
  const { t } = useTranslation()
  const hasRunning = model.slots.running !== null
  const [mode, setMode] = useState<(typeof modes)[number]>(hasRunning ? 'shadow' : 'replace')
  const [share, setShare] = useState('10')
  const percent = Number(share)
  const fits = mode !== 'canary' || (percent > 0 && percent < 100)
  const own = useId()
  const { version } = slot
  const go = ({ reason, person }: Given) => {
    const who = { version, reason, ...(person !== undefined && { person }) }
    const ask: ActivateRequest = mode === 'canary' ? { ...who, mode, percent } : { ...who, mode }
    deploy.mutate({ do: 'activate', ask })
  }
  return (
    <div className="start">
      <Ask
        reasons={reasons.map((each) => t(`start.reasons.${each}`))}
        go={fits ? t(`start.go.${mode}`, { version, percent }) : t('start.shareWrong')}
        off={!fits}
        busy={deploy.isPending}
        error={isSaid(slot, deploy.error) ? null : deploy.error}
        onGo={go}
      >
        {hasRunning && (
          <fieldset className="choices modes">
            <legend>{t('start.how')}</legend>
            {modes.map((each) => (
              <Button key={each} aria-pressed={mode === each} onPress={() => setMode(each)}>
                <span className="strong">{t(`start.mode.${each}`)}</span>
                <small>{t(`start.means.${each}`)}</small>
              </Button>
            ))}
          </fieldset>
        )}
        {hasRunning && (
          <div className={mode === 'canary' ? 'percent' : 'percent idle'}>
            <label htmlFor={own}>{t('start.share')}</label>
            {percents.map((each) => (
              <Button
                key={each}
                aria-pressed={mode === 'canary' && percent === each}
                off={mode !== 'canary'}
                onPress={() => setShare(String(each))}
              >
                {each}&nbsp;%
              </Button>
            ))}
            <input
              id={own}
              type="number"
              min={1}
              max={99}
              disabled={mode !== 'canary'}
              value={share}
              aria-invalid={!fits || undefined}
              onChange={(event) => setShare(event.target.value)}
            />
          </div>
        )}
      </Ask>
    </div>
  )
}

/** A refusal that became the version's state stands above, in full. */
function isSaid({ deployment }: Slot, error: Error | null): boolean {
  return deployment.state === 'refused' && error?.message === deployment.reason
}
