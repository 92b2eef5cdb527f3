import { abort } from './activate.ts'
import type { Model } from './model.ts'
import { rollBack, whyNotBack, withdraw } from './rollback.ts'
import type { Who } from './slots.ts'

/**
 * What the central team decided about versions, carried out on one model: a version that must not run any more gives way to
 * the previous one, else to its fallback rules, else to nobody. One that runs under a warning goes on, and people are told.
 */
export async function enforce(model: Model): Promise<void> {
  const { trust } = model.parts
  const { staged } = model.record
  const state = staged?.deployment.state
  const candidate = staged && trust.revocation({ id: model.id, ...staged })
  if (candidate?.action === 'stop' && (state === 'shadow' || state === 'canary'))
    await abort(model, policy(candidate.reason), true)
  await enforceRunning(model)
}

async function enforceRunning(model: Model): Promise<void> {
  const { trust, alerts } = model.parts
  const { running } = model.record
  const manifest = model.pipeline?.route.running.manifest
  if (running?.deployment.state !== 'running' || !manifest) return
  const found = trust.revocation({ id: model.id, ...running })
  if (!found) return alerts.clearNotice(model.id, 'revoked', 'the revocation does not name what runs')
  const { action, reason } = found
  if (action === 'warn') return alerts.raiseNotice(manifest, { kind: 'revoked', answers: 'itself', reason })
  const back = whyNotBack(model) ? undefined : await backBy(model, policy(reason))
  if (back) return alerts.raiseNotice(manifest, { kind: 'revoked', answers: back, reason })
  await withdraw(model, policy(reason))
  await alerts.raiseNotice(manifest, {
    kind: 'revoked',
    answers: manifest.fallback ? 'rules' : 'nobody',
    reason,
  })
}

const policy = (reason: string): Who => ({ by: 'policy', reason })

/** undefined: there is no way back, and the version still answers. */
async function backBy(model: Model, who: Who): Promise<{ to: string; ms: number | null } | undefined> {
  const bad = model.record.running?.digest
  try {
    return await rollBack(model, who)
  } catch (error) {
    model.parts.failed(error)
    const { running } = model.record
    // It went back, and only its answer or the writing down of it failed.
    return running && running.digest !== bad ? { to: running.version, ms: null } : undefined
  }
}
