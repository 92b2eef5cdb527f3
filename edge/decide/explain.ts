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

/** Near the end of its usual range: beyond this share of the reference, on either side. */
const standsOut = 0.9

/**
 * A first reason, before attribution: the features furthest outside the middle 90 % of the reference, in widths of that
 * range; where none is outside, those near its end. It says where a value lies, never that it caused anything.
 */
export function createExplain(features: readonly Feature[], baseline: Baseline): Explain {
  const usual = usualRanges(features, baseline)
  return (reading) => {
    const places = usual.map((u) => place(u, reading(u.index)))
    const outside = places.filter(({ distance }) => distance > 0)
    const nearTheEnd = places.filter(({ beyond }) => beyond >= standsOut)
    const outstanding = (outside.length > 0 ? outside : nearTheEnd)
      .sort((a, b) => b.distance - a.distance || b.beyond - a.beyond)
      .slice(0, shown)
      .map(contribution)
    return { features: outstanding, text: sentence(outstanding) }
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

interface Place {
  u: Usual
  value: number
  higher: boolean
  /** Share of the reference on the other side of the value, 0..1. */
  beyond: number
  /** Outside the usual range, in its widths; 0 inside. */
  distance: number
}

function place(u: Usual, value: number): Place {
  const [below, above] = [shareBelow(u.baseline, value), shareAbove(u.baseline, value)]
  const higher = below >= above
  const outside = Math.max(0, u.min - value, value - u.max)
  return {
    u,
    value,
    higher,
    // A missing value lies nowhere.
    beyond: Number.isNaN(value) ? 0 : Math.max(below, above),
    distance: Number.isNaN(value) ? 0 : outside / (u.max - u.min || Math.abs(u.max) || 1),
  }
}

function contribution({ u: { feature, min, max }, value, higher, beyond }: Place): Contribution {
  return {
    feature: feature.name,
    title: feature.title,
    value,
    ...(feature.unit !== undefined && { unit: feature.unit }),
    usual: { min, max },
    beyondPercent: 100 * beyond,
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
