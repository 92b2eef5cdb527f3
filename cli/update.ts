import { setTimeout as sleep } from 'node:timers/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Updates } from '#core/contracts/update.ts'
import { connect } from './edge-client.ts'
import type { Io } from './io.ts'

interface EdgeOptions {
  edge?: string
  data?: string
}

const pollMs = 500
const underWay = new Set(['downloading', 'installing', 'activating'])

export async function updateStatus(io: Io, options: EdgeOptions): Promise<Updates> {
  const status = await connect(io, options).json<Updates>('GET', '/api/updates')
  if (!io.json) printUpdates(io, status)
  return status
}

/** Asks now; answers once nothing is under way any more. Rejects where something assigned could not be brought here. */
export async function updateCheck(io: Io, options: EdgeOptions): Promise<Updates> {
  const client = connect(io, options)
  let status = await client.json<Updates>('POST', '/api/updates/check', {})
  while (status.busy || status.progress.some(({ state }) => underWay.has(state))) {
    await sleep(pollMs)
    status = await client.json<Updates>('GET', '/api/updates')
  }
  if (!io.json) printUpdates(io, status)
  const failed = status.progress.find(({ state }) => state === 'failed')
  if (failed)
    throw new EdgewrightError(
      'update-refused',
      `${failed.model} ${failed.version} is assigned, and does not run: ${failed.reason ?? 'it failed'}`,
      { hint: 'Tell the central team. What runs here: edgewright models; what else was signed holds.' },
    )
  return status
}

export function printUpdates(io: Io, status: Updates): void {
  const { trust, root, site, groups, source, lastCheck, view, progress, clock } = status
  const place = [site ?? 'no site', ...groups].join(', ')
  io.print(
    root
      ? `trust: ${trust}; root ${root.version}, fingerprint ${root.fingerprint.slice(0, 16)}…, until ${root.expires}; ${place}`
      : `trust: ${trust}; no root was given to this machine`,
  )
  io.print(`source: ${source ?? 'none (by stick only)'}`)
  if (lastCheck)
    io.print(`last check: ${lastCheck.at}, ${lastCheck.ok ? 'done' : `failed: ${lastCheck.problem ?? ''}`}`)
  if (clock.behind)
    io.print(
      `the clock of this machine is behind: ${new Date(clock.floorMs).toISOString()} has passed already`,
    )
  if (view?.problem !== undefined) io.print(view.problem)
  for (const { model, version, digest, package: signed, problem } of view?.assigned ?? []) {
    const how = progress.find((one) => one.digest === digest)
    const state = !how
      ? 'not looked at yet'
      : how.reason === undefined
        ? how.state
        : `${how.state}: ${how.reason}`
    const by =
      signed &&
      `signed by ${signed.signedBy.length} of ${signed.keys} (${signed.signedBy.join(', ')}; ${signed.threshold} needed); `
    // What is not signed says why once.
    const told = signed || how?.reason === problem ? state : `${state}: ${problem ?? 'it is not signed'}`
    io.print(`assigned: ${model} ${version} (${digest.slice(0, 12)}), ${by ?? ''}${told}`)
  }
  for (const { digest, action, reason } of view?.policy.revoked ?? [])
    io.print(`revoked (${action}): ${digest.slice(0, 12)}: ${reason}`)
}
