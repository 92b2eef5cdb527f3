import type { Guardrail, GuardrailMetric } from '#core/contracts/guardrail.ts'
import type { ProviderTrial, Qualification } from '#core/contracts/hardware.ts'
import type { Format } from '../../ui/format.ts'

const providers: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'CoreML',
  webgpu: 'WebGPU',
}

/** Execution providers by the names that their makers use. */
export const providerName = (provider: string): string => providers[provider] ?? provider

/** `9f3c41d2 … 6be0a07e`: enough to compare by eye; the whole digest stands in its title. */
export const shortDigest = (digest: string): string => `${digest.slice(0, 8)} … ${digest.slice(-8)}`

/** The trial of the provider in use. */
export const chosenTrial = (qualification: Qualification | null): ProviderTrial | undefined =>
  qualification?.trials.find(({ provider }) => provider === qualification.chosen)

/** Bars against the slowest, in percent; undefined where nothing was timed. */
export function timeBars(trials: readonly ProviderTrial[]): Map<string, number> {
  const times = trials.flatMap(({ provider, latency }) =>
    latency ? [[provider, latency.oneMs] as const] : [],
  )
  const longest = Math.max(...times.map(([, ms]) => ms))
  return new Map(times.map(([provider, ms]) => [provider, Math.max(2, (ms / longest) * 100)]))
}

/** A metric of a guardrail with its unit: milliseconds, or a share in percent with a decimal where it is small. */
export function metricText(metric: GuardrailMetric, value: number, format: Format): string {
  if (metric === 'latency-p95') return format.ms(value)
  const percent = value * 100
  return `${format.number(percent, Math.abs(percent) < 10 ? 1 : 0, false)}\u00a0%`
}

/** The limit with its side. */
export function limitText({ when }: Guardrail, format: Format): string {
  const limit = when.above ?? when.below ?? 0
  return `${when.above === undefined ? '<' : '>'} ${metricText(when.metric, limit, format)}`
}

/** One small bar for each drill, oldest first, in percent of the longest; a failed one has no time and stands in full. */
export function drillBars(drills: readonly { passed: boolean; thereMs: number | null }[]) {
  const oldestFirst = [...drills].reverse()
  const longest = Math.max(1, ...oldestFirst.map(({ thereMs }) => thereMs ?? 0))
  return oldestFirst.map(({ passed, thereMs }) => ({
    failed: !passed,
    percent: passed && thereMs !== null ? Math.max(6, (thereMs / longest) * 100) : 100,
  }))
}

/** Least and most of the drills that passed; undefined where none did. */
export function drillRange(drills: readonly { passed: boolean; thereMs: number | null }[]) {
  const times = drills.flatMap(({ passed, thereMs }) => (passed && thereMs !== null ? [thereMs] : []))
  return times.length === 0 ? undefined : { min: Math.min(...times), max: Math.max(...times) }
}
