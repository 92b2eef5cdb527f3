import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { type RunningCentral, startCentral } from '#central/main.ts'
import { readCode, sha256, signed, testKey } from '#support/central/joining.ts'
import { newPage } from '#support/console-page.ts'

interface Fixtures {
  central: RunningCentral
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture takes
  central: async ({}, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-console-'))
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const rendererDir = join(import.meta.dirname, '../../dist/renderer/central')
    const central = await startCentral({ dataDir, host: '127.0.0.1', port: 0, log: silent, rendererDir })
    await use(central)
    await central.close()
    rmSync(dataDir, { recursive: true, force: true })
  },
})

/** What nobody has filled yet says so. */
const empty = [
  ['/registry', 'No package was brought here yet.'],
  ['/registry', 'There is none yet: nothing can be proposed'],
  ['/performance', 'No machine has sent figures yet.'],
  ['/feedback', 'No answer fits this filter.'],
  ['/feedback/retraining', 'Nobody asks for one.'],
  ['/alarms', 'No alert was raised.'],
  ['/audit', 'Nothing fits this filter.'],
  ['/audit?view=findings', 'Nothing contradicts what a machine said before.'],
  ['/audit?view=log', 'Account added'],
] as const

test('from the first link over screens without anything to a confirmed machine, on a real central', async ({
  browser,
  central,
}) => {
  const wrong: string[] = []
  const page = await newPage(browser, {}, wrong)
  await page.goto(central.firstLink!)
  await page.getByLabel('Name', { exact: true }).fill('A. Berg')
  await page.getByLabel('New password').fill('a long enough one')
  await page.getByLabel('The same once more').fill('a long enough one')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No machine has joined yet.' })).toBeVisible()

  for (const [path, words] of empty) {
    await page.goto(central.url + path)
    await expect(page.getByText(words).first()).toBeVisible()
    await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0)
  }
  await page.getByRole('button', { name: 'Account added' }).first().click()
  await expect(page.getByText('"name": "A. Berg"').first()).toBeVisible()
  await page.getByRole('link', { name: 'Fleet', exact: true }).click()

  await page.getByRole('link', { name: 'Enrol a machine' }).click()
  await page.getByLabel('Site').fill('graz')
  await page.getByRole('button', { name: 'Make a join code' }).click()
  const code = readCode(await page.getByLabel('Join code').inputValue())
  const key = testKey()
  const enrolled = await fetch(`${central.url}/sync/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ token: code.token, publicKey: key.publicKey, machine: 'Press 4', site: 'graz' },
      proof: await signed(key, { aud: code.url, token_sha256: sha256(code.token) }, Date.now()),
    }),
  })
  expect(enrolled.status).toBe(200)

  await page.getByRole('link', { name: 'Fleet', exact: true }).click()
  await page.getByRole('table', { name: 'Needs a look' }).getByRole('link', { name: 'Press 4' }).click()
  await expect(page.getByText('Nobody has compared its fingerprint yet')).toBeVisible()
  await page.getByRole('button', { name: 'Confirm fingerprint' }).click()
  await page.getByRole('dialog').getByLabel('Fingerprint').fill(key.device.slice(0, 16))
  await page.getByRole('button', { name: 'It is this machine' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByText('Nobody has compared its fingerprint yet')).toHaveCount(0)

  for (const [name, heading] of [
    ['Rollouts', 'No rollout yet.'],
    ['Settings', 'No webhook is set.'],
  ] as const) {
    await page.getByRole('link', { name, exact: true }).click()
    await expect(page.getByText(heading)).toBeVisible()
  }
  await expect(page.locator('.strip').getByText('…', { exact: true })).toHaveCount(0)
  await expect(page.getByRole('main').getByRole('alert').filter({ hasText: /./ })).toHaveCount(0)
  await page.context().close()
  expect(wrong).toEqual([])
})
