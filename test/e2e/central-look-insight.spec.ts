import type { Page } from '@playwright/test'
import {
  expect,
  expectAccessible,
  expectContrast,
  expectDialogAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/central-page.ts'
import { fewMachines } from '#support/fake-fleet.ts'

const screens = [
  '/registry',
  '/registry/milling',
  '/registry/milling/1.2.0',
  '/performance',
  '/feedback',
  '/feedback/retraining',
  '/alarms',
  '/audit',
  '/audit?view=findings',
] as const

const few = { machines: fewMachines(), rows: 16 }

/** What is asked for is here: no screen says any more that it loads. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('main h1')).toHaveCount(1)
  await expect(page.locator('main .panel').first()).toBeVisible()
  await expect(page.locator('main').getByText(/Loading …|Wird geladen …|^…$/)).toHaveCount(0)
  await expect(page.locator('.strip').getByText('…', { exact: true })).toHaveCount(0)
}

for (const language of ['en', 'de'] as const)
  test(`registry to audit are accessible in both themes, fit 1280×800 and longer words, ${language}`, async ({
    open,
  }) => {
    const { page, fake } = await open({ ...few, language, scheme: 'light' })
    for (const path of screens)
      await test.step(path, async () => {
        await page.emulateMedia({ colorScheme: 'light' })
        await page.goto(fake.url + path)
        await settled(page)
        // What axe looks at is the same in both languages, but for contrast, which is the theme's.
        if (language === 'en') await expectAccessible(page)
        await expectNothingClipped(page)
        await expectTouchable(page)
        await page.emulateMedia({ colorScheme: 'dark' })
        if (language === 'en') await expectContrast(page)
        if (language === 'en') return
        await lengthenWords(page)
        await expectNothingClipped(page)
      })
  })

test('what opens over a screen is accessible', async ({ open }) => {
  const { page, fake } = await open({ ...few, path: '/registry', scheme: 'dark' })
  const look = async (button: string) => {
    await page.getByRole('button', { name: button }).first().click()
    await expectDialogAccessible(page)
    await page.keyboard.press('Escape')
  }
  await look('Upload a package')
  await page.goto(`${fake.url}/registry/milling`)
  await look('Move production')
  await look('Edit')
  await page.goto(`${fake.url}/feedback`)
  await look('Export')
  await page.goto(`${fake.url}/feedback/retraining`)
  await look('milling 1.0.4')
  await page.goto(`${fake.url}/audit`)
  const opens = page.getByRole('button', { name: 'alert.acknowledged' }).first()
  await opens.click()
  await expect(opens).toHaveAttribute('aria-expanded', 'true')
  await expectAccessible(page)
})
