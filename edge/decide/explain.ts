import type { Contribution, Explanation } from '#core/contracts/decision.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import type { Baseline, FeatureBaseline } from '#core/contracts/package.ts'
import { say } from '#core/contracts/text.ts'

const shown = 3
/** The usual range that people are shown: the middle 90 % of the reference. */
const usualTail = 0.05

export interface Usual {
  index: number
  feature: Feature
  baseline: FeatureBaseline
  min: number
  max: number
}

/** Explains one row: given the value of each feature (manifest order), which of them stand out. */
export type Explain = (reading: (index: number) => number) => Explanation

/**
 * A first reason, before attribution: the features furthest outside the middle 90 % of the reference, measured in
 * widths of that range. It says where a value lies, never that it caused anything.
 */
export function createExplain(features: readonly Feature[], baseline: Baseline): Explain {
  const usual = usualRanges(features, baseline)
  return (reading) => {
    const outside = usual
      .map((u) => ({ u, value: reading(u.index), distance: distance(u, reading(u.index)) }))
      .filter((x) => x.distance > 0)
      .sort((a, b) => b.distance - a.distance)
      .slice(0, shown)
      .map(({ u, value }) => contribution(u, value))
    return { features: outside, text: sentence(outside) }
  }
}

/** Where each number feature usually lies: the middle 90 % of the reference. */
export function usualRanges(features: readonly Feature[], baseline: Baseline): Usual[] {
  return features.flatMap((feature, index) => {
    const known = baseline.features[feature.name]
    if (feature.kind !== 'number' || !known) return []
    const [min, max] = [quantile(known, usualTail), quantile(known, 1 - usualTail)]
    return [{ index, feature, baseline: known, min, max }]
  })
}

function distance({ min, max }: Usual, value: number): number {
  if (Number.isNaN(value) || (value >= min && value <= max)) return 0
  const width = max - min || Math.abs(max) || 1
  return (value < min ? min - value : value - max) / width
}

function contribution({ feature, baseline, min, max }: Usual, value: number): Contribution {
  const higher = value > max
  return {
    feature: feature.name,
    title: feature.title,
    value,
    ...(feature.unit !== undefined && { unit: feature.unit }),
    usual: { min, max },
    beyondPercent: 100 * (higher ? shareBelow(baseline, value) : shareAbove(baseline, value)),
    side: higher ? 'higher' : 'lower',
  }
}

function sentence(features: Contribution[]): string {
  if (features.length === 0) return 'No single input stands out.'
  const round = (x: number) => Number(x.toPrecision(4))
  return features
    .map((c) => {
      const unit = c.unit ? ` ${c.unit}` : ''
      const percent = Math.min(99.9, Math.floor(c.beyondPercent * 10) / 10)
      return `${say(c.title, 'en')} is ${round(c.value)}${unit}, ${c.side} than ${percent} % of normal (usual ${round(c.usual.min)}–${round(c.usual.max)}).`
    })
    .join(' ')
}

/** Share of the reference below `value`, 0..1, read off the quantile edges. */
export function shareBelow({ histogram: { edges } }: FeatureBaseline, value: number): number {
  const k = edges.findIndex((edge) => edge >= value)
  if (k === 0) return 0
  if (k < 0) return 1
  return (k - 1 + (value - edges[k - 1]!) / (edges[k]! - edges[k - 1]!)) / (edges.length - 1)
}

/** Share of the reference above `value`. Not 1 − shareBelow: many rows may lie on the value itself. */
export function shareAbove({ histogram: { edges } }: FeatureBaseline, value: number): number {
  const k = edges.findLastIndex((edge) => edge <= value)
  if (k === edges.length - 1) return 0
  if (k < 0) return 1
  return 1 - (k + (value - edges[k]!) / (edges[k + 1]! - edges[k]!)) / (edges.length - 1)
}

/** The value below which a share `q` (0..1) of the reference lies, between the quantile edges. */
export function quantile({ histogram: { edges } }: FeatureBaseline, q: number): number {
  const place = q * (edges.length - 1)
  const k = Math.min(Math.floor(place), edges.length - 2)
  return edges[k]! + (place - k) * (edges[k + 1]! - edges[k]!)
}
