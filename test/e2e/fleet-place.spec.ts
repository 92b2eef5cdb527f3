import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { inShadow } from '#support/fake-slots.ts'

const path = '/device'

test('a machine in no fleet shows its fingerprint, and joins with a code', async ({ open }) => {
  const { page, fake } = await open({ path })
  await expect(page.getByText('This machine is in no fleet. Alerts work without one.')).toBeVisible()
  await expect(page.getByText('7f3a 19c2 d4e8 b065')).toBeVisible()
  await page.getByRole('button', { name: 'Join a fleet' }).click()
  const dialog = page.getByRole('dialog', { name: 'Join a fleet' })
  const go = dialog.getByRole('button', { name: 'Join' })
  await expect(go).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel('Join code').fill('ewj1.spent')
  await go.click()
  await expect(dialog.getByRole('alert')).toContainText('the join code was used before')
  await expectAccessible(page)
  await expectTouchable(page)
  await dialog.getByLabel('Join code').fill('  ewj1.good\n')
  await go.click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Waiting for central: an admin there compares the fingerprint')).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)).toEqual({ path: '/api/enrol', body: { code: 'ewj1.good' } })
})

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`without a network it says what waits and that alerts work, ${language}, ${scheme}`, async ({
    open,
  }) => {
    const { page, fake } = await open({ path, models: [inShadow()], language, scheme })
    fake.status = { central: { state: 'not-connected', waiting: 14 } }
    fake.link.offline(14, new Date(fake.nowMs() - 3 * 3600_000).toISOString())
    await page.reload()
    const words = {
      en: 'Not connected to central. Alerts still work. 14 items waiting to send.',
      de: 'Nicht mit der Zentrale verbunden. Meldungen gehen weiter. 14 Einträge warten aufs Senden.',
    }
    await expect(page.getByText(words[language])).toBeVisible()
    await expect(page.getByText('Advantech UNO-2484G')).toBeVisible()
    if (language === 'en') {
      await expect(page.getByText('Alerts and answers 12, Figures 2, Readings 12,480')).toBeVisible()
      await expect(page.getByText("12 s ahead of central's")).toBeVisible()
      await expect(page.getByText('not countersigned yet; up to 14 it is')).toBeVisible()
      await expect(page.getByText('Nothing listens at this address.')).toBeVisible()
      await expect(page.getByText('north, presses')).toBeVisible()
    }

    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
    if (language === 'de') return // the longest of the two by itself
    await lengthenWords(page)
    await expectNothingClipped(page)
  })
