import { expect, test } from '#support/central-page.ts'

test('every figure stands beside its n, and what nobody measured is no zero', async ({ open }) => {
  const { page } = await open({ path: '/performance' })
  const table = page.getByRole('table', { name: 'Figures by' })
  const measured = table.getByRole('row').filter({ hasText: '1.0.4' })
  await expect(measured).toContainText('12 of 40 real')
  await expect(measured).toContainText('14,449 of 1,204,118')
  await expect(table.getByRole('row').filter({ hasText: '1.1.0' })).toContainText('not yet measured')
})

test('versions stand side by side', async ({ open }) => {
  const { page } = await open({ path: '/performance' })
  const table = page.getByRole('table', { name: 'Versions side by side' })
  const latency = table.getByRole('row').filter({ hasText: 'Latency, p95' })
  await expect(latency.getByRole('cell')).toHaveText(['11\u00a0ms', '8.7\u00a0ms'])
  await expect(table.getByRole('row').filter({ hasText: 'Real' }).getByRole('cell').nth(1)).toHaveText(
    'not yet measured',
  )
})

test('the trend says its hours and gaps in words, and shows another measure', async ({ open }) => {
  const { page } = await open({ path: '/performance' })
  await expect(
    page.getByRole('img', { name: /^Alerts, hour by hour: 162 hours, .* gaps: 1\.$/ }),
  ).toBeVisible()
  await page.getByLabel('Shown').selectOption('p95')
  await expect(page.getByRole('img', { name: /^Latency, p95, hour by hour/ })).toBeVisible()
  await expect(page).toHaveURL(/measure=p95/)
})

test('by machine: pages of them, and one of them alone', async ({ open }) => {
  const { page } = await open({ path: '/performance' })
  await page.getByRole('button', { name: 'Machine', exact: true }).click()
  const table = page.getByRole('table', { name: 'Figures by' })
  await expect(table.getByRole('row')).toHaveCount(21)
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('21–40')).toBeVisible()
  await table.getByRole('button').first().click()
  await expect(page.getByText('One machine only')).toBeVisible()
})

test('a fleet of which no figures came says so', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback' })
  fake.answers.set('GET /api/performance/models', () => ({ models: [] }))
  await page.getByRole('link', { name: 'Performance' }).click()
  await expect(page.getByText('No machine has sent figures yet.')).toBeVisible()
})
