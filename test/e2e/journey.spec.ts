import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import type { AlertsPage } from '#core/contracts/api.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { simulateLine } from '../../models/machine-failure/simulate.ts'

/** The whole way on the real thing: runtime, demo model, its line, and a person in a browser. */
const packageFile = new URL('../../models/machine-failure/machine-failure-1.0.0.ewp', import.meta.url)
const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-journey-'))
let edge: EdgeProcess

test.beforeAll(async () => {
  edge = await spawnEdge(dataDir)
  await edge.client.send('POST', '/api/models', {
    body: readFileSync(packageFile),
    headers: { 'content-type': 'application/octet-stream' },
  })
})
test.afterAll(async () => {
  await edge.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

/** The first half minute of the line, as if it had just been. */
async function sendHalfAMinute(): Promise<void> {
  const startMs = Date.now() - 31_000
  let steps = 0
  for (const readings of simulateLine({ seed: 1, startMs, stepMs: 1000 })) {
    if (steps++ >= 30) return
    await edge.client.json('POST', '/api/models/machine-failure/readings', readings)
  }
}

test('a reading becomes an alert; it is acknowledged with one key and answered with one touch; all of it outlives kill -9', async ({
  page,
}) => {
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) violations.push(message.text())
  })
  const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code', {})
  await page.goto(`${edge.url}/#code=${code}`)
  await expect(page.getByText('No reading has come yet.')).toBeVisible()
  expect(page.url()).not.toContain('code')

  await sendHalfAMinute()
  const card = page.getByRole('article').filter({ hasText: 'Mill 3: overstrain likely' })
  await expect(card).toBeVisible()
  await expect(card).toContainText('Not yet measured here')
  await expect(card).toContainText('Torque')

  await page.waitForTimeout(500) // a card that has only just appeared does not take the key
  await page.keyboard.press('a')
  await expect(card.getByRole('button', { name: 'Action done' })).toBeVisible()
  await card.getByRole('link').first().click()
  await page.getByRole('button', { name: 'Real, acted' }).click()
  await expect(page.getByRole('button', { name: 'Real, acted' })).toHaveAttribute('aria-pressed', 'true')

  const port = Number(new URL(edge.url).port)
  await edge.kill()
  await expect(page.getByText('Connection to the runtime lost.', { exact: true })).toBeVisible()
  edge = await spawnEdge(dataDir, port)
  await expect(page.getByText('Connection to the runtime lost.', { exact: true })).toBeHidden()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Real, acted' })).toHaveAttribute('aria-pressed', 'true')
  const { alerts } = await edge.client.json<AlertsPage>('GET', '/api/alerts')
  expect(alerts.find((a) => a.rule === 'overstrain')).toMatchObject({
    acknowledgedBy: 'operator',
    feedback: { answer: 'real-acted' },
  })
  expect(await edge.client.json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
  expect(violations).toEqual([])
})

test('a model that cannot be loaded again stops the screen, never shows green', async ({ page }) => {
  const { slots } = await edge.client.json<ModelDetail>('GET', '/api/models/machine-failure')
  const lane = slots.running?.lane
  if (lane?.state !== 'ready') throw new Error('the lane is not ready')
  const folder = join(dataDir, 'packages', 'machine-failure')
  truncateSync(join(folder, readdirSync(folder)[0] ?? '', 'model.onnx'), 1000)
  process.kill(lane.pid, 'SIGKILL')

  const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code', {})
  await page.goto(`${edge.url}/#code=${code}`)
  await expect(page.getByText('AI stopped. Follow the manual procedure.')).toBeVisible()
  await expect(page.getByText(/No active alerts/)).toBeHidden()
})
