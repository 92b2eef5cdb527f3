import type { DeploymentState } from '#core/contracts/deployment.ts'

export type StateName = DeploymentState['state'] | 'absent'

/**
 * What may follow what. Any step on the way can end in refused(reason). A state is made durable when it is entered, before
 * anything is done in it, so that a start after a kill knows where it was.
 *
 *   from            to
 */
const transitions: Record<StateName, readonly StateName[]> = {
  absent: ['verifying'],
  verifying: ['staged', 'refused'],
  staged: ['qualifying', 'retired', 'refused'],
  qualifying: ['running', 'shadow', 'canary', 'staged', 'refused', 'retired'],
  shadow: ['qualifying', 'staged', 'rolled-back', 'retired'],
  canary: ['canary', 'running', 'qualifying', 'staged', 'rolled-back', 'retired'],
  running: ['previous', 'rolled-back', 'withdrawn', 'retired'],
  withdrawn: ['running', 'previous', 'rolled-back', 'retired'],
  previous: ['running', 'retired'],
  'rolled-back': ['qualifying', 'retired'],
  refused: ['qualifying', 'verifying'],
  retired: [],
}

export function mayFollow(from: StateName, to: StateName): boolean {
  return transitions[from].includes(to)
}
