import type { Page } from '@playwright/test'
import {
  expect,
  expectAccessible,
  expectContrast,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/central-page.ts'
import { fewMachines, machinesOf } from '#support/fake-fleet.ts'
import { earlyRollout, waitingRollout } from '#support/fake-rollout.ts'

const held = machinesOf().find(({ problems }) => problems.some(({ kind }) => kind === 'held'))!
const screens = [
  '/',
  '/machines',
  `/machines/${held.device}`,
  '/enrol',
  '/rollouts',
  '/rollouts/7',
  '/rollouts/new',
  '/settings',
] as const

const parts = { rollouts: [waitingRollout(), earlyRollout()], machines: fewMachines(), rows: 16 }

/** What is asked for is here: no screen says any more that it loads. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('main h1')).toHaveCount(1)
  await expect(page.locator('main').getByText(/Loading …|Wird geladen …/)).toHaveCount(0)
  await expect(page.locator('.strip').getByText('…', { exact: true })).toHaveCount(0)
}

for (const language of ['en', 'de'] as const)
  test(`every screen ${language === 'en' ? 'is accessible in both themes and fits 1280×800' : 'fits 1280×800, with longer words too'}, ${language}`, async ({
    open,
  }) => {
    const { page, fake } = await open({ ...parts, language, scheme: 'light' })
    for (const path of screens) {
      await test.step(path, async () => {
        await page.emulateMedia({ colorScheme: 'light' })
        await page.goto(fake.url + path)
        await settled(page)
        await expectNothingClipped(page)
        await expectTouchable(page)
        // What axe looks at is the same in both languages; of it, a theme changes contrast alone.
        if (language === 'de') {
          await lengthenWords(page)
          await expectNothingClipped(page)
          return
        }
        await expectAccessible(page)
        await page.emulateMedia({ colorScheme: 'dark' })
        await expectContrast(page)
      })
    }
  })

test('language and theme change without loading the page, and are remembered', async ({ open }) => {
  const { page } = await open()
  await page.evaluate(() => Object.assign(window, { same: true }))
  await page.getByRole('button', { name: 'Deutsch' }).click()
  await expect(page.getByRole('heading', { name: 'Maschinen', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Dunkel' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await page.evaluate(() => 'same' in window)).toBe(true)
  await page.reload()
  await expect(page).toHaveTitle('Flotte · Edgewright')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})
