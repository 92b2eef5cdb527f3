import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import type { AlertsPage } from '#core/contracts/api.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { smallBase } from '#support/versions.ts'
import { simulateLine } from '../../models/machine-failure/simulate.ts'

/** The whole way on the real thing: runtime, demo model, its line, and a person in a browser. */
const packageBody = (file: string) => ({
  body: readFileSync(new URL(`../../models/${file}`, import.meta.url)),
  headers: { 'content-type': 'application/octet-stream' },
})
const technician = { name: 'T. Okafor', role: 'technician', pin: '246810' }
const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-journey-'))
let edge: EdgeProcess

// One runtime, on which one test goes on where the one before it ended.
test.describe.configure({ mode: 'default' })
test.beforeAll(async () => {
  edge = await spawnEdge(dataDir)
  await edge.client.json('POST', '/api/people', technician)
  await edge.client.send('POST', '/api/models', packageBody('machine-failure/machine-failure-1.0.0.ewp'))
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

  // A card that has only just appeared does not take the key.
  await expect(async () => {
    await page.keyboard.press('a')
    await expect(card.getByRole('button', { name: 'Action done' })).toBeVisible({ timeout: 3000 })
  }).toPass()
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

test('swapped, promoted and rolled back by a person in a browser, with the measured time', async ({
  page,
}) => {
  await edge.client.send('POST', '/api/models', packageBody('machine-failure/machine-failure-1.1.0.ewp'))
  await signIn(page)
  await page.getByRole('link', { name: 'Swap', exact: true }).click()
  await page.getByRole('button', { name: 'Start 1.1.0 in shadow' }).click()
  await page.getByLabel('PIN of T. Okafor').fill(technician.pin)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Promote 1.1.0' }).click()
  await page.getByRole('button', { name: 'Promote 1.1.0 now' }).click()
  await expect(page.getByRole('heading', { name: '1.1.0 answers, on trial' })).toBeVisible()
  await page.getByRole('link', { name: 'Device' }).click()
  await page.getByRole('button', { name: /^Roll back to 1\.0\.0/ }).click()
  await page.getByRole('button', { name: 'Roll back to 1.0.0 now' }).click()
  await expect(page.getByText(/^Back on 1\.0\.0 in [\d.]+\sm?s\.$/)).toBeVisible()
  const { slots, lastRollback } = await edge.client.json<ModelDetail>('GET', '/api/models/machine-failure')
  expect(slots.running?.version).toBe('1.0.0')
  expect(slots.staged?.deployment).toMatchObject({ state: 'rolled-back', reason: 'To be safe, causes later' })
  expect(lastRollback?.by).toBe('T. Okafor (technician)')
})

/** Breaks the copy on the disk and kills the process, so that it cannot come back. */
async function breakForGood(model: string): Promise<void> {
  const running = async () =>
    (await edge.client.json<ModelDetail>('GET', `/api/models/${model}`)).slots.running
  await expect.poll(async () => (await running())?.lane?.state).toBe('ready')
  const { lane, version } = (await running()) ?? {}
  if (lane?.state !== 'ready') throw new Error('the lane is not ready')
  const folder = join(dataDir, 'packages', model)
  const own = readdirSync(folder).find((name) => name.startsWith(`${version}-`))
  truncateSync(join(folder, own ?? '', 'model.onnx'), 1000)
  process.kill(lane.pid, 'SIGKILL')
}

test('a model that cannot be loaded again hands over to its rules, in words', async ({ page }) => {
  await breakForGood('machine-failure')
  await signIn(page)
  await expect(page.getByText('Milling failure: the model does not answer; simple rules do.')).toBeVisible()
  await expect(page.getByRole('banner')).toContainText('Milling failure, by rules')
})

test('one without rules stops the screen, never shows green', async ({ page }) => {
  const { bytes } = await smallBase()
  const headers = { 'content-type': 'application/octet-stream' }
  await edge.client.send('POST', '/api/models', { body: new Uint8Array(bytes), headers })
  await breakForGood('small')
  await signIn(page)
  await expect(page.getByText('AI stopped. Follow the manual procedure.')).toBeVisible()
})

async function signIn(page: Page): Promise<void> {
  const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code', {})
  await page.goto(`${edge.url}/#code=${code}`)
}
