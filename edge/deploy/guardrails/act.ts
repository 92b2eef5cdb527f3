import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Outcome } from '../../alerts/guardrail-alert.ts'
import type { Model } from '../model.ts'
import { rollBack, whyNotBack, withdraw } from '../rollback.ts'
import { type Firing, firingEvent } from './firing.ts'
import { firingInWords } from './words.ts'

/**
 * Carries out what a guardrail that has fired demands, and tells people; one that is over is told as over. Where the version
 * that it is about no longer answers (another guardrail was quicker, or it stands withdrawn), it is journaled, and that is all.
 */
export async function actOn(model: Model, manifest: Manifest, firing: Firing): Promise<void> {
  const { alerts, journal, failed } = model.parts
  // A disk that refuses keeps no bad version in service: it is done all the same.
  await journal.write((tx) => tx.events('rollout', [firingEvent(manifest, firing)])).catch(failed)
  if (firing.state === 'cleared') {
    await alerts.clearGuardrail(manifest.id, firing.guardrail.id, firingInWords(firing, 'en'))
    return
  }
  if (!answers(model, manifest)) return
  const outcome = await carryOut(model, manifest, firing)
  await alerts.raiseGuardrail({ manifest, firing, ...(outcome && { outcome }) })
}

const answers = ({ pipeline, record }: Model, manifest: Manifest): boolean =>
  pipeline?.route.running.manifest === manifest &&
  record.running?.version === manifest.version &&
  record.running.deployment.state === 'running'

async function carryOut(model: Model, manifest: Manifest, firing: Firing): Promise<Outcome | undefined> {
  const { guardrail } = firing
  const action = guardrail.then
  if (action !== 'rollback' && action !== 'fallback') return undefined
  const who = {
    by: `guardrail ${guardrail.id} (decided by ${guardrail.decidedBy.name})`,
    reason: firingInWords(firing, 'en'),
  }
  try {
    if (action === 'rollback' && !whyNotBack(model)) {
      const { to, ms } = await rollBack(model, who)
      return { kind: 'rolled-back', to, ms }
    }
    if (!manifest.fallback)
      return { kind: 'failed', why: whyNotBack(model)?.message ?? 'the package has no fallback rules' }
    await withdraw(model, who)
    return { kind: 'withdrawn', answeredBy: 'rules' }
  } catch (error) {
    const was = doneAllTheSame(model, manifest, error)
    if (was) return was
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

/** What was done, and could only not be written down. */
function doneAllTheSame(
  { record, parts }: Model,
  { version }: Manifest,
  error: unknown,
): Outcome | undefined {
  if (!(error instanceof EdgewrightError) || error.code !== 'journal-unwritable') return undefined
  parts.failed(error)
  const { running, lastRollback } = record
  if (running?.version === version)
    return running.deployment.state === 'withdrawn' ? { kind: 'withdrawn', answeredBy: 'rules' } : undefined
  const { from, to, ms } = lastRollback ?? {}
  if (from !== version || to === undefined || ms === undefined || ms === null) return undefined
  return { kind: 'rolled-back', to, ms }
}
