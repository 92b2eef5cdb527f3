import type { DeploymentState } from '#core/contracts/deployment.ts'

/**
 * What may follow what. Any step can end in refused(reason). A state is made durable when it is entered, before
 * anything is done in it, so that a start after a kill knows where it was.
 *
 *   from          to
 */
const transitions: Record<DeploymentState['state'] | 'absent', readonly DeploymentState['state'][]> = {
  absent: ['verifying'],
  verifying: ['staged', 'refused'],
  staged: ['qualifying', 'refused'],
  qualifying: ['running', 'refused'],
  running: [],
  refused: ['verifying'],
}

export function mayFollow(from: DeploymentState['state'] | 'absent', to: DeploymentState['state']): boolean {
  return transitions[from].includes(to)
}
