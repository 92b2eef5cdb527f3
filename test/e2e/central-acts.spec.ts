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
  await expect
    .poll(() => fake.asked.map(({ body }) => body))
    .toEqual([
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
  await expect.poll(() => fake.asked.at(-1)?.path).toBe('/api/deliveries/msg-1/redeliver')
})

test('a webhook is ended only once somebody has read that its secret goes with it', async ({ open }) => {
  const { page, fake } = await open({ path: '/' })
  const url = 'https://tickets.example/in'
  const standing = { waiting: 0, dead: 0, lastDeliveredAt: null, lastProblem: null }
  const made = { note: '', createdAt: '2026-11-24T09:00:00Z', createdBy: 'M. Sato' }
  const hook = { id: 4, url, kinds: ['alert.raised'], ...made, ...standing }
  let hooks = [hook]
  fake.answers.set('GET /api/hooks', () => ({ hooks, mail: { configured: false, from: null, ...standing } }))
  fake.answers.set('DELETE /api/hooks/:id', () => {
    hooks = []
    return undefined
  })
  await page.goto(new URL('/settings', page.url()).href)
  const end = page.getByRole('button', { name: `End ${url}` })
  await end.click()
  const dialog = page.getByRole('dialog', { name: 'End this webhook?' })
  await expect(dialog).toContainText('its secret is gone')
  await expectDialogAccessible(page)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect.poll(() => fake.asked.filter(({ method }) => method === 'DELETE')).toEqual([])
  await end.click()
  await dialog.getByRole('button', { name: 'End it' }).click()
  await expect(page.getByText('No webhook is set.')).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/hooks/4' })
})
