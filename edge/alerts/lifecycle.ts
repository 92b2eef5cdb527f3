import type { AlertState } from '#core/contracts/alert.ts'

/**
 * The alarm states and what leads from one to the other (ISA-18.2-2016, §5.4 and figure 3). Acknowledge, clear and
 * "action done" are three things; feedback is a fourth, apart, and changes no state.
 *
 *                  raised            cleared                   acknowledged   shelved    shelf ended (condition still there / gone)
 */
export type AlarmEvent =
  | 'raised'
  | 'cleared'
  | 'acknowledged'
  | 'shelved'
  | 'unshelved-active'
  | 'unshelved-unseen'
  | 'unshelved-clear'

const transitions: Record<AlertState, Partial<Record<AlarmEvent, AlertState>>> = {
  normal: { raised: 'unacknowledged' },
  unacknowledged: { cleared: 'returned-unacknowledged', acknowledged: 'acknowledged', shelved: 'shelved' },
  acknowledged: { cleared: 'normal', shelved: 'shelved' },
  'returned-unacknowledged': { raised: 'unacknowledged', acknowledged: 'normal', shelved: 'shelved' },
  shelved: {
    raised: 'shelved',
    cleared: 'shelved',
    'unshelved-active': 'unacknowledged',
    'unshelved-unseen': 'returned-unacknowledged',
    'unshelved-clear': 'normal',
  },
  suppressed: {},
  'out-of-service': {},
}

/** The next state, or undefined where this event cannot happen in this state. */
export function next(state: AlertState, event: AlarmEvent): AlertState | undefined {
  return transitions[state][event]
}
