import {
  expect,
  expectAccessible,
  expectDialogAccessible,
  expectNothingClipped,
  test,
} from '#support/central-page.ts'
import { machinesOf } from '#support/fake-fleet.ts'

test('a machine is renamed and moved, each with a reason', async ({ open }) => {
  const { device } = machinesOf()[0]!
  const { page, fake } = await open({ path: `/machines/${device}` })
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(dialog.getByRole('button', { name: 'Rename it' })).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel('Name', { exact: true }).fill('Mill 1 west')
  await expectDialogAccessible(page)
  await dialog.getByRole('button', { name: 'Rename it' }).click()
  await expect(page.getByRole('heading', { name: 'Mill 1 west' })).toBeVisible()
  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await dialog.getByLabel('Site').fill('graz')
  await dialog.getByLabel('Groups').fill('line-1, Bad!')
  await expect(page.getByText('No site or group can be called: Bad!')).toBeVisible()
  await dialog.getByLabel('Groups').fill('line-1, canary')
  await expectDialogAccessible(page)
  await expectNothingClipped(page)
  await dialog.getByRole('button', { name: 'Move it' }).click()
  await expect(dialog).toHaveCount(0)
  expect(fake.asked.map(({ body }) => body)).toEqual([
    { name: 'Mill 1 west', reason: 'It was called something else on site' },
    { site: 'graz', groups: ['line-1', 'canary'], reason: 'It stands elsewhere now' },
  ])
})

test('a message that was given up is sent again', async ({ open }) => {
  const { page, fake } = await open({ path: '/settings' })
  await expect(page.getByText('it answered 500')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Send again: alert.raised to https://tickets.example/in' }).click()
  await expect(page.getByText('It is tried again now.')).toBeVisible()
  await expect(page.getByText('it answered 500')).toHaveCount(0)
  expect(fake.asked.at(-1)?.path).toBe('/api/deliveries/msg-1/redeliver')
})
