import { expect, test } from '#support/central-page.ts'
import { machinesOf } from '#support/fake-fleet.ts'

test('the record is paged by the server, filtered, and a row opens what was written', async ({ open }) => {
  const { page } = await open({ path: '/audit' })
  const table = page.getByRole('table', { name: 'Machines’ record' })
  await expect(table.getByRole('row')).toHaveCount(51)
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('51–100')).toBeVisible()
  await page.getByLabel('Kind').fill('deployment.')
  await expect(page).toHaveURL(/kind=deployment\./)
  await expect(table.getByRole('row').nth(1)).toContainText('deployment.running')
  await page.getByLabel('Who').fill('Keller')
  await expect(table.getByRole('row').nth(1)).toContainText('deployment.rolled-back')
  const opens = table.getByRole('button', { name: 'deployment.rolled-back' }).first()
  await opens.press('Enter')
  await expect(opens).toHaveAttribute('aria-expanded', 'true')
  await expect(table.getByText('"reason": "Alerts doubled"')).toBeVisible()
})

test('one machine is found among all, and its countersigned checkpoints are listed', async ({ open }) => {
  const { page } = await open({ path: '/audit?view=checkpoints' })
  await expect(page.getByText('Choose a machine')).toBeVisible()
  await page.getByLabel('Find a machine').fill('Mill 17')
  await page.getByRole('button', { name: 'Mill 17, brno' }).click()
  const { device } = machinesOf().find(({ name, site }) => name === 'Mill 17' && site === 'brno')!
  await expect(page).toHaveURL(new RegExp(device))
  const table = page.getByRole('table', { name: 'Checkpoints' })
  await expect(table.getByRole('row')).toHaveCount(4)
  await table.getByRole('button', { name: '720' }).click()
  await expect(table.getByText('"countersignature"')).toBeVisible()
  await page.getByRole('button', { name: /Mill 17, brno/ }).click()
  await expect(page.getByText('Choose a machine')).toBeVisible()
})

test('contradictions and what was done here are said in words', async ({ open }) => {
  const { page } = await open({ path: '/audit?view=findings' })
  await expect(page.getByRole('button', { name: 'It says something else than before' })).toBeVisible()
  await page.getByRole('button', { name: 'Done here' }).click()
  await expect(page.getByText('To look at something first')).toBeVisible()
  const table = page.getByRole('table', { name: 'Done here' })
  await expect(table.getByRole('button')).toHaveText([
    ...['Rollout paused', 'Alias moved', 'feedback.exported', 'Machine joined'],
  ])
  await expect(table.getByRole('row').last()).toContainText(machinesOf()[3]!.name)
  await expect(table).not.toContainText('device-')
  await table.getByRole('button', { name: 'Alias moved' }).click()
  await expect(table.getByText('"kind": "alias.moved"')).toBeVisible()
  await page.getByLabel('Who').fill('Berg')
  await expect(page.getByRole('table', { name: 'Done here' }).getByRole('row')).toHaveCount(2)
})
