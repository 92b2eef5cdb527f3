import { useTranslation } from 'react-i18next'
import { type GateFigure, isFailed, type MachineState, type RolloutState } from '#core/contracts/rollout.ts'
import { useFormat } from '../../ui/use-format.ts'

const minuteMs = 60_000

/** A gate's figure in the reader's words: its name, its value, and at what it stops or lets go on. */
export function useFigureWords() {
  const { t } = useTranslation()
  const format = useFormat()
  const amount = ({ kind }: GateFigure, value: number): string => {
    if (kind === 'failure-share') return format.percent(value)
    if (kind === 'alerts') return `${value > 0 ? '+' : ''}${format.number(value)}\u00a0%`
    if (kind === 'soak') return format.age(value * minuteMs)
    return format.number(value)
  }
  return {
    name: (figure: GateFigure): string => {
      const against = figure.against?.versions ?? []
      if (figure.kind === 'alerts' && against.length === 1)
        return t('gate.alertsAgainst', { version: against[0]! })
      return t(`gate.${figure.kind}`)
    },
    value: (figure: GateFigure): string =>
      figure.value === null ? t('gate.unknown') : amount(figure, figure.value),
    limit: (figure: GateFigure): string =>
      t(figure.effect === 'stop' ? 'gate.stopAt' : 'gate.goAt', { limit: limitOf(figure, amount) }),
  }
}

/** Alerts stop it in either direction. */
const limitOf = (figure: GateFigure, amount: (figure: GateFigure, value: number) => string): string =>
  figure.kind === 'alerts'
    ? `±${amount(figure, figure.limit).replace('+', '')}`
    : amount(figure, figure.limit)

export function useStateWords(): (state: RolloutState) => string {
  const { t } = useTranslation()
  return (state) => (state.state === 'running' ? t(`step.${state.step}`) : t(`rolloutState.${state.state}`))
}

/** What a rollout may still become something else from. */
export const isOpen = ({ state }: RolloutState): boolean => state !== 'aborted' && state !== 'done'

/** Index of the group that is, or was, at work; null: none was. */
export const activeGroup = (state: RolloutState): number | null => ('group' in state ? state.group : null)

export interface Parts {
  succeeded: number
  failed: number
  underWay: number
  wait: number
}

/** The four parts of a group's bar. */
export function partsOf(counts: Partial<Record<MachineState, number>>, machines: number): Parts {
  const parts = { succeeded: 0, failed: 0, underWay: 0 }
  for (const [state, count] of Object.entries(counts) as [MachineState, number][]) {
    if (state === 'succeeded') parts.succeeded += count
    else if (isFailed(state)) parts.failed += count
    else if (state !== 'offline' && state !== 'taken-back' && state !== 'chosen') parts.underWay += count
  }
  return { ...parts, wait: Math.max(0, machines - parts.succeeded - parts.failed - parts.underWay) }
}
