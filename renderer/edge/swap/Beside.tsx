import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useComparison, type useDeploy } from '../client/deploy.ts'
import { Ask } from '../versions/Ask.tsx'
import { Comparison } from './Comparison.tsx'

interface Props {
  model: ModelSummary
  slot: Slot
  deploy: ReturnType<typeof useDeploy>
}

/** Two versions at once: what the comparison says so far, and the two ways out of it. */
export function Beside({ model, slot, deploy }: Props) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<'promote' | 'abort' | null>(null)
  const comparison = useComparison(model.id, true)
  const { version } = slot
  const open = (what: 'promote' | 'abort') => {
    deploy.reset()
    setAsking(what)
  }
  return (
    <>
      {asking === null ? (
        <div className="ask-acts">
          <Button primary onPress={() => open('promote')}>
            {t('beside.promote', { version })}
          </Button>
          <Button onPress={() => open('abort')}>{t('beside.abort', { version })}</Button>
        </div>
      ) : (
        <Ask
          key={asking}
          reasons={(['convinced', 'else'] as const).map((each) => t(`beside.reasons.${asking}.${each}`))}
          go={t(`beside.go.${asking}`, { version })}
          busy={deploy.isPending}
          error={deploy.error}
          onCancel={() => setAsking(null)}
          onGo={(ask) => deploy.mutate({ do: asking, ask }, { onSuccess: () => setAsking(null) })}
        />
      )}
      {comparison.data ? (
        <Comparison of={comparison.data} />
      ) : comparison.data === null ? (
        <p className="muted">{t('beside.nothingYet')}</p>
      ) : (
        <Pending error={comparison.error} retry={() => void comparison.refetch()} />
      )}
    </>
  )
}
