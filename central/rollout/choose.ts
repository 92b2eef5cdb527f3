import type { Choose } from '#core/contracts/rollout.ts'
import { isInShare } from '../devices/choose.ts'

export interface Candidate {
  id: number
  device: string
  site: string
  labels: readonly string[]
}

/**
 * Machines that a group takes, of those that are enrolled and in no group before it. Pure. Shares are by model: a machine that
 * is among the first for one model is not among the first for all of them.
 */
export function chooseFor<C extends Candidate>(
  { sites, labels, devices, percent }: Choose,
  model: string,
  candidates: readonly C[],
  taken: ReadonlySet<number>,
): C[] {
  const [bySite, byDevice] = [sites && new Set(sites), devices && new Set(devices)]
  return candidates.filter(
    (one) =>
      !taken.has(one.id) &&
      (!bySite || bySite.has(one.site)) &&
      (!byDevice || byDevice.has(one.device)) &&
      (!labels || one.labels.some((label) => labels.includes(label))) &&
      (percent === undefined || isInShare(one.device, percent, model)),
  )
}
