import { expect, it } from 'vitest'
import { inCanary } from '#edge/deploy/canary.ts'
import { inOrder, type Route, share } from '#edge/deploy/route.ts'
import { paceOf } from '#edge/ingest/pace.ts'
import type { Serving } from '#edge/pipeline.ts'
import { manifestOf } from '#support/manifest.ts'

function serving(version: string, maxBatch: number): Serving {
  const manifest = manifestOf()
  const own = { ...manifest, version, operation: { ...manifest.operation, maxBatch } }
  return { manifest: own, pace: paceOf(own) } as Serving
}

const readings = Array.from({ length: 100 }, (_, n) => ({ asset: `asset ${n % 20}` }))
const running = serving('1.0.0', 256)

it('sends a batch whole where one version serves', () => {
  expect(share({ running }, readings)).toEqual([{ serving: running, rows: readings }])
})

it('sends all readings of an asset the same way, in batches that the canary bears, and answers in order', () => {
  const version = serving('1.1.0', 7)
  const route: Route = { running, canary: { version, percent: 40 } }
  const parts = share(route, readings)
  const { id } = version.manifest
  for (const { serving: way, rows } of parts) {
    for (const row of rows)
      expect(inCanary(id, '1.1.0', (row as { asset: string }).asset, 40)).toBe(way === version)
    if (way === version) expect(rows.length).toBeLessThanOrEqual(7)
  }
  expect(new Set(parts.map((part) => part.serving))).toEqual(new Set([running, version]))
  const answers = inOrder(readings.length, parts, parts)
  expect(answers.map(({ decided, row }) => decided.rows[row])).toEqual(readings)
})

it('sends what names no asset to the running version', () => {
  const route: Route = { running, canary: { version: serving('1.1.0', 7), percent: 99 } }
  const odd = [null, 7, 'x', {}, { asset: 3 }]
  expect(share(route, odd).map((part) => part.serving)).toEqual([running])
})
