import { createHash } from 'node:crypto'
import type { Choose } from '#core/contracts/rollout.ts'

export interface Candidate {
  id: number
  device: string
  site: string
  labels: readonly string[]
}

/**
 * Where a machine stands between 0 and 100, by its name and the model: the same in every group and on every server, so that
 * 5 and then 25 percent take 5, and then 20 more.
 */
export function percentile(device: string, model: string): number {
  const hash = createHash('sha256').update(`${model}\n${device}`).digest()
  return (hash.readUIntBE(0, 6) / 2 ** 48) * 100
}

/** Machines that a group takes, of those that are enrolled and in no group before it. Pure. */
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
      (percent === undefined || percent >= 100 || percentile(one.device, model) < percent),
  )
}
