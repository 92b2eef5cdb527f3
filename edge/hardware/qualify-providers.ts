import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type Provider, type Qualification, qualificationSchema } from '#core/contracts/hardware.ts'
import { titleOf } from '../inference/providers.ts'
import { chooseProvider, type Outcome } from './choose-provider.ts'
import type { Machine } from './machine.ts'
import {
  defaultBatchRows,
  figures,
  measureCpu,
  type Qualified,
  type QualifyParts,
  tryProvider,
  unmeasured,
} from './try-provider.ts'

/**
 * Which execution provider runs this version on this machine: each that may is tried in a lane of its own, against the CPU's
 * answers. The CPU is always tried first, and what it cannot do, the package cannot do here.
 * @throws EdgewrightError package-refused, in words; the signal's reason where it is aborted
 */
export async function qualifyProviders(loaded: Qualified, parts: QualifyParts): Promise<Qualification> {
  const machine = await parts.machine()
  const key = qualificationKey(loaded, machine, parts)
  const kept = qualificationSchema.safeParse(await parts.cache?.get(key))
  if (kept.success && holds(kept.data, parts.now())) return kept.data
  const allowed = (provider: Provider) => loaded.manifest.hardware?.providers?.includes(provider) ?? true
  const alone = !machine.candidates.some(
    ({ provider, presence }) => provider !== 'cpu' && presence.here && allowed(provider),
  )
  const cpu = await measureCpu(loaded, parts, alone)
  const outcomes: Outcome[] = []
  for (const { provider, presence } of machine.candidates) {
    const built = cpu.listed.length === 0 || cpu.listed.includes(provider)
    const device = presence.here ? presence.device : titleOf[provider]
    const none = (outcome: 'absent' | 'not-allowed', reason: string) =>
      outcomes.push({ provider, device, ...unmeasured, outcome, reason })
    if (provider === 'cpu')
      outcomes.push({
        provider,
        device,
        ...figures(cpu),
        outcome: allowed(provider) ? 'measured' : 'not-allowed',
        reason: allowed(provider) ? 'It answers its golden vectors.' : 'The package does not allow it.',
      })
    else if (!allowed(provider)) none('not-allowed', 'The package does not allow it.')
    else if (!presence.here) none('absent', sentence(presence.why))
    else if (!built) none('absent', 'This build of onnxruntime does not have it.')
    else outcomes.push(await tryProvider(loaded, parts, provider, device, cpu))
  }
  const found: Qualification = {
    ...chooseProvider(outcomes, loaded.manifest.hardware?.latencyBudgetMs),
    measuredAt: new Date(parts.now()).toISOString(),
    model: modelHash(loaded),
    onnxruntime: cpu.onnxruntime,
    driver: machine.driver,
  }
  await parts.cache?.put(key, found)
  return found
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** Of the model's file and of the weights beside it. */
export function modelHash({ modelFile: { sha256, external = [] } }: Pick<Qualified, 'modelFile'>): string {
  if (external.length === 0) return sha256
  const parts = external.map((part) => `${part.location}\0${part.sha256}`)
  return createHash('sha256')
    .update([sha256, ...parts.sort()].join('\n'))
    .digest('hex')
}

/** What a measurement holds for. The package's digest is in it: its golden vectors and its budget decide, too. */
export function qualificationKey(
  loaded: Qualified,
  { driver, build, candidates }: Machine,
  { batchRows = defaultBatchRows, lane }: Pick<QualifyParts, 'batchRows' | 'lane'>,
): string {
  const of = {
    model: modelHash(loaded),
    package: loaded.digest,
    driver,
    build,
    candidates,
    batchRows,
    threads: lane?.threads ?? Math.max(1, availableParallelism() >> 1),
  }
  return createHash('sha256').update(JSON.stringify(of)).digest('hex')
}

/** What failed may have failed for a moment: it is tried again another day. What was measured holds for good. */
function holds({ trials, measuredAt }: Qualification, nowMs: number): boolean {
  return trials.every(({ result }) => result !== 'failed') || nowMs - Date.parse(measuredAt) < dayMs
}

const dayMs = 24 * 3600_000
