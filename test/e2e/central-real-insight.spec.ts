import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { startCentral } from '#central/main.ts'
import { newPage } from '#support/console-page.ts'

test('a real central that nobody has filled yet says so on every screen', async ({ browser }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-console-'))
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const rendererDir = join(import.meta.dirname, '../../dist/renderer/central')
  const central = await startCentral({ dataDir, host: '127.0.0.1', port: 0, log: silent, rendererDir })
  try {
    const wrong: string[] = []
    const page = await newPage(browser, {}, wrong)
    await page.goto(central.firstLink!)
    await page.getByLabel('Name', { exact: true }).fill('A. Berg')
    await page.getByLabel('New password').fill('a long enough one')
    await page.getByLabel('The same once more').fill('a long enough one')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'No machine has joined yet.' })).toBeVisible()
    for (const [path, words] of [
      ['/registry', 'No package was brought here yet.'],
      ['/registry', 'There is none yet: nothing can be proposed'],
      ['/performance', 'No machine has sent figures yet.'],
      ['/feedback', 'No answer fits this filter.'],
      ['/feedback/retraining', 'Nobody asks for one.'],
      ['/alarms', 'No alert was raised.'],
      ['/audit', 'Nothing fits this filter.'],
      ['/audit?view=findings', 'Nothing contradicts what a machine said before.'],
      ['/audit?view=log', 'account.added'],
    ] as const) {
      await page.goto(central.url + path)
      await expect(page.getByText(words).first()).toBeVisible()
      await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0)
    }
    await page.getByRole('button', { name: 'account.added' }).first().click()
    await expect(page.getByText('"name": "A. Berg"').first()).toBeVisible()
    expect(wrong).toEqual([])
    await page.context().close()
  } finally {
    await central.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
