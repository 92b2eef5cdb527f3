import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  test,
} from '#support/console-page.ts'
import { heat, overstrain, past } from '#support/fake-scene.ts'

const ended = () => ({
  ...overstrain(),
  id: 'a-ended',
  state: 'normal' as const,
  clearedAt: '2026-11-24T14:31:30Z',
})

test('what is over stands on Recent, the newest first, and can still be answered', async ({ open }) => {
  const { page } = await open({ alerts: [heat(), ...past(), ended()] })
  await page.getByRole('link', { name: 'Recent' }).click()
  await expect(page).toHaveTitle('Recent · Edgewright')
  await expect(page.getByRole('heading', { level: 1, name: 'Recent' })).toBeFocused()
  const rows = page.locator('.shelf li')
  await expect(rows).toHaveCount(4)
  await expect(rows.nth(0)).toContainText('Mill 3: overstrain likely')
  await expect(rows.nth(0)).toContainText('Not answered yet')
  await expect(rows.nth(0)).toContainText('Raised 14:29, ended 14:31')
  await expect(rows.nth(1)).toContainText('Real, acted: tool changed (operator)')
  await expect(rows.nth(2)).toContainText('Real, already known (operator)')
  await rows.nth(0).getByRole('link', { name: 'What was it?' }).click()
  const answers = page.getByRole('region', { name: 'Feedback' }).getByRole('button')
  await expect(answers).toHaveText(['Real, acted', 'Real, already known', 'False', 'Bad data', 'Not sure'])
  for (const answer of await answers.all()) await expect(answer).not.toHaveAttribute('aria-disabled', 'true')
  await answers.nth(2).click()
  await expect(answers.nth(2)).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('link', { name: 'Recent' }).click()
  await expect(rows.nth(0)).toContainText('False (operator)')
  await expect(page.getByText('Not answered yet')).toHaveCount(0)
})

test('one that ends while Recent is open comes onto it', async ({ open }) => {
  const { page, fake } = await open({ alerts: [heat()], path: '/recent' })
  await expect(page.getByRole('heading', { name: 'No alert has ended yet.' })).toBeVisible()
  fake.change('a-heat', { state: 'normal', clearedAt: '2026-11-24T14:32:00Z' })
  await expect(page.locator('.shelf li')).toContainText('Mill 1: heat dissipation failing')
})

test('Recent ends with the fiftieth', async ({ open }) => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    ...ended(),
    id: `a-ended-${i}`,
    asset: `Mill ${i}`,
    raisedAt: new Date(Date.parse('2026-11-24T12:00:00Z') + i * 60_000).toISOString(),
  }))
  const { page } = await open({ alerts: many, path: '/recent' })
  await expect(page.locator('.shelf li')).toHaveCount(50)
  await expect(page.locator('.shelf h2').first()).toHaveText('Mill 59: overstrain likely')
  await expect(page.locator('.shelf h2').last()).toHaveText('Mill 10: overstrain likely')
})

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`Recent holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
    const { page } = await open({ alerts: [...past(), ended()], path: '/recent', language, scheme })
    await expect(page.locator('.shelf li')).toHaveCount(4)
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
    await page.setViewportSize({ width: 1024, height: 800 })
    await expectNothingClipped(page)
  })
