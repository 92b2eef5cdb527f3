import type { Page } from '@playwright/test'
import { expect, expectTouchable, test } from '#support/console-page.ts'
import { heat, overstrain } from '#support/fake-scene.ts'

const alerts = () => [overstrain(), heat()]

test('language and theme change without loading the page, and are remembered', async ({ open }) => {
  const { page } = await open({ alerts: alerts() })
  await page.evaluate(() => Object.assign(window, { same: true }))
  await page.getByRole('button', { name: 'Deutsch' }).click()
  await expect(
    page.getByRole('article', { name: 'Priorität Hoch: Mill 3: Überlastung wahrscheinlich' }),
  ).toContainText('60,7 Nm')
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.getByRole('button', { name: 'Dunkel' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await page.evaluate(() => 'same' in window)).toBe(true)
  await page.reload()
  await expect(page.getByRole('button', { name: 'Quittieren' }).first()).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(page).toHaveTitle('Jetzt · Edgewright')
})

for (const [language, theme] of [
  ['en', 'Theme'],
  ['de', 'Darstellung'],
] as const)
  test(`the three themes stand in one line, whichever holds, ${language}`, async ({ open }) => {
    const { page } = await open({ alerts: alerts(), language })
    const buttons = page.getByRole('group', { name: theme }).getByRole('button')
    await expect(buttons).toHaveCount(3)
    for (const button of await buttons.all()) {
      await button.click()
      await expect(button).toHaveAttribute('aria-pressed', 'true')
      const tops = await buttons.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top))
      expect(new Set(tops).size).toBe(1)
      await expectTouchable(page)
    }
  })

for (const [how, switchTo] of [
  ['the reader', (page: Page) => page.getByRole('button', { name: 'Dark' }).click()],
  ['the system', (page: Page) => page.emulateMedia({ colorScheme: 'dark' })],
] as const)
  test(`the trend takes the colours of a theme that ${how} changes`, async ({ open }) => {
    const { page } = await open({ alerts: alerts() })
    const [dark, light] = ['238,237,235', '24,24,26']
    await expect.poll(() => inChart(page, light)).toBeGreaterThan(100)
    await switchTo(page)
    await expect.poll(() => inChart(page, dark)).toBeGreaterThan(100)
    await expect.poll(() => inChart(page, light)).toBe(0)
  })

/** How many pixels of the trend have this colour. */
function inChart(page: Page, rgb: string): Promise<number> {
  return page.locator('.trend canvas').evaluate((canvas, wanted) => {
    const { width, height } = canvas as HTMLCanvasElement
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
    let count = 0
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] === 255 && `${data[i]},${data[i + 1]},${data[i + 2]}` === wanted) count++
    return count
  }, rgb)
}

test('a browser that forbids storage shows everything the same', async ({ open }) => {
  const { page } = await open({ alerts: alerts() })
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('denied', 'SecurityError')
      },
    })
  })
  await page.reload()
  await page.getByRole('button', { name: 'Deutsch' }).click()
  await expect(page.getByRole('button', { name: 'Quittieren' }).first()).toBeVisible()
})
