import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { isBarred } from './Revoked.tsx'
import { besides, trialUntil } from './standing.ts'

/** What a version does where it stands, in one line. */
export function useSlotState(
  model: ModelSummary,
): (slot: Slot, place: 'running' | 'previous' | 'staged') => string {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  const candidate = model.slots.staged?.deployment
  const running = (slot: Slot): string => {
    const { lane, deployment } = slot
    if (deployment.state === 'withdrawn') return t('slot.state.withdrawn', { time: at(deployment.since) })
    if (lane?.state === 'starting' || lane?.state === 'restarting') return t(`slot.state.${lane.state}`)
    if (model.answeredBy !== 'model' || lane?.state !== 'ready') return t('slot.state.silent')
    const until = trialUntil(slot, nowMs)
    if (until !== undefined) return t('slot.state.trial', { time: at(until) })
    return candidate?.state === 'canary'
      ? t('slot.state.most', { percent: format.percent(1 - candidate.percent / 100) })
      : t('slot.state.all')
  }
  return (slot, place) => {
    if (place === 'running') return running(slot)
    if (isBarred(slot)) return t('slot.state.barred')
    const { deployment, lane } = slot
    if (place === 'previous') {
      if (lane?.state === 'ready') return t('slot.state.warm')
      return slot.damaged === undefined ? t('slot.state.cold') : t('slot.state.damaged')
    }
    if (besides(deployment) && lane && lane.state !== 'ready') return t('slot.state.restarting')
    switch (deployment.state) {
      case 'shadow':
        return t('slot.state.shadow', { time: at(deployment.since) })
      case 'canary':
        return t('slot.state.canary', { percent: format.percent(deployment.percent / 100) })
      case 'rolled-back':
        return t('slot.state.held', { time: at(deployment.since) })
      case 'qualifying':
      case 'refused':
      case 'verifying':
        return t(`slot.state.${deployment.state}`)
      default:
        return slot.damaged === undefined ? t('slot.state.waits') : t('slot.state.damaged')
    }
  }
}
