import { expect, test } from '#support/central-page.ts'

test('each alarm figure stands beside its goal, and what misses it is said in words', async ({ open }) => {
  const { page } = await open({ path: '/alarms' })
  const table = page.getByRole('table', { name: 'Against their goals' })
  for (const [name, value, goal, verdict] of [
    ['Per 10 min and machine', '0.04', 'at most 1', 'met'],
    ['Most within 10 min', '14', 'at most 10', 'missed'],
    ['Time in flood', '0.31\u00a0%', 'at most 1 %', 'met'],
    ['Chattering', '0', 'none', 'met'],
    ['Standing for more than 24 h', '6', 'fewer than 5', 'missed'],
    ['Acknowledged by their time', '90\u00a0%', 'all', 'missed'],
  ] as const) {
    const row = table.getByRole('row').filter({ hasText: name })
    await expect(row.getByRole('cell').nth(1)).toHaveText(value)
    await expect(row.getByRole('cell').nth(2)).toHaveText(goal)
    await expect(row.getByRole('cell').nth(3)).toHaveText(verdict)
  }
  await expect(table).toContainText('2 floods, the longest 40 min.')
  await expect(page.getByRole('table', { name: 'Ten worst sources' }).getByRole('row')).toHaveCount(11)
})

test('nothing raised is not zero percent', async ({ open }) => {
  const { page, fake } = await open({ path: '/performance' })
  const figures = fake.answers.get('GET /api/alarm-figures')!
  fake.answers.set('GET /api/alarm-figures', (asked) => ({
    ...(figures(asked) as object),
    ...{ raised: 0, worst: [], answeredInTime: { share: null, n: 0 } },
  }))
  await page.getByRole('link', { name: 'Alarm figures' }).click()
  await expect(page.getByText('No alert was raised.')).toBeVisible()
  const row = page.getByRole('row').filter({ hasText: 'Acknowledged by their time' })
  await expect(row).toContainText('not yet measured')
})
