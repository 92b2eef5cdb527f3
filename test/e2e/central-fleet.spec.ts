import { expect, expectAccessible, expectDialogAccessible, test } from '#support/central-page.ts'
import { machinesOf, plants } from '#support/fake-fleet.ts'

test('counts, sites and squares stand as the server says', async ({ open }) => {
  const { page } = await open()
  const health = page.getByRole('region', { name: 'Machines by connection' })
  await expect(health.getByRole('link')).toHaveText([
    ...[
      '214online',
      '5updating',
      '8late, over 5 min',
      '14offline, over 1 h',
      '3never connected',
      'Enrol a machine',
    ],
  ])
  const brno = page.getByRole('listbox', { name: 'brno: 42 online, 1 updating, 1 offline' })
  await expect(brno.getByRole('option')).toHaveCount(44)
  await expect(brno.getByRole('option', { name: 'Mill 10: online, high alert open' })).toHaveCount(1)
})

test('arrows go through the squares of a site, Enter opens a machine', async ({ open }) => {
  const { page } = await open()
  const cork = page.getByRole('listbox', { name: /^cork/ })
  await cork.focus()
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight')
  await expect(cork.getByRole('option', { name: 'Mill 7: online', selected: true })).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Mill 7' })).toBeFocused()
  await expect(page.getByText('golden vectors differ').first()).toBeVisible()
})

test('a square tells its machine to the pointer, and opens it', async ({ open }) => {
  const { page } = await open()
  const square = page
    .getByRole('listbox', { name: /^essen/ })
    .getByRole('option')
    .nth(7)
  await square.hover()
  await expect(page.getByText('Mill 8 late')).toBeVisible()
  await square.click()
  await expect(page.getByRole('heading', { name: 'Mill 8' })).toBeVisible()
})

test('the table of machines is filtered and paged by the server, and keeps the filter in the address', async ({
  open,
}) => {
  const { page } = await open()
  await page.getByRole('link', { name: '14 offline' }).click()
  const table = page.getByRole('table', { name: 'Machines' })
  await expect(table).toHaveAttribute('aria-rowcount', '15')
  await page.getByLabel('Site').selectOption('essen')
  await expect(table).toHaveAttribute('aria-rowcount', '10')
  await expect(page).toHaveURL(/presence=offline/)
  await expect(page).toHaveURL(/site=essen/)
  await page.reload()
  await expect(table).toHaveAttribute('aria-rowcount', '10')
  await page.getByLabel('Connection').selectOption('')
  await expect(page).not.toHaveURL(/presence=/)
  await page.getByLabel('Site').selectOption('')
  await expect(table).toHaveAttribute('aria-rowcount', '245')
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('51–100 of 244')).toBeVisible()
  await expect(table.getByRole('row').nth(1)).toHaveAttribute('aria-rowindex', '52')
})

test('with 10,000 machines sites become bars, and no list holds more than a page', async ({ open }) => {
  const large = plants.map((plant) => ({ ...plant, machines: 1700 }))
  const { page } = await open({ machines: machinesOf(large) })
  await expect(page.getByText('6 sites, 10,200 machines')).toBeVisible()
  await expect(page.getByRole('img', { name: /^essen: 1,688 online/ })).toBeVisible()
  await expect(page.getByRole('option')).toHaveCount(0)
  await page.getByRole('link', { name: 'Machines', exact: true }).click()
  await expect(page.getByRole('table', { name: 'Machines' })).toHaveAttribute('aria-rowcount', '10201')
  await expect(page.getByRole('row')).toHaveCount(51)
})

test('a fingerprint is confirmed by what the machine shows, and by nothing else', async ({ open }) => {
  const waiting = machinesOf().find(({ state }) => state === 'waiting')!
  const { page, fake } = await open({ path: `/machines/${waiting.device}` })
  const shown = waiting.device
    .slice(0, 16)
    .replaceAll(/(.{4})/g, '$1 ')
    .trim()
  // The digits come from the machine alone: nothing here says them before.
  await expect(page.getByText('shown once it is confirmed')).toHaveCount(2)
  await expect(page.getByText(shown)).toHaveCount(0)
  await expect(page.getByText(waiting.device.slice(0, 16))).toHaveCount(0)
  await page.getByRole('button', { name: 'Confirm fingerprint' }).click()
  const dialog = page.getByRole('dialog')
  await expectDialogAccessible(page)
  await dialog.getByLabel('Fingerprint').fill('0000 0000 0000 0000')
  await dialog.getByRole('button', { name: 'It is this machine' }).click()
  await expect(dialog.getByRole('alert')).toContainText('not the fingerprint')
  await dialog.getByLabel('Fingerprint').fill(`${shown} `)
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  await expect(page.getByText(shown)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Confirm fingerprint' })).toHaveCount(0)
  await expect
    .poll(() => fake.machines.find(({ device }) => device === waiting.device)?.state)
    .toBe('enrolled')
})

test('a machine is put into quarantine and revoked with a reason, in two presses each', async ({ open }) => {
  const { device } = machinesOf()[0]!
  const { page, fake } = await open({ path: `/machines/${device}` })
  await page.getByRole('button', { name: 'Quarantine' }).click()
  await page.getByRole('button', { name: 'Put into quarantine' }).click()
  await expect(page.getByText('In quarantine: nothing is taken from it')).toBeVisible()
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Lost or stolen' }).click()
  await page.getByRole('button', { name: 'Revoke for good' }).click()
  await expect(page.getByText('its key is refused for good')).toBeVisible()
  await expect
    .poll(() => fake.asked.map(({ body }) => body))
    .toEqual([{ reason: 'It may be a copy of another one' }, { reason: 'Lost or stolen' }])
})

test('labels are changed, and wrong ones are named before anything is sent', async ({ open }) => {
  const { device } = machinesOf()[0]!
  const { page, fake } = await open({ path: `/machines/${device}` })
  await page.getByRole('button', { name: 'Change labels' }).click()
  await page.getByRole('dialog').getByLabel('Labels').fill('hall-2, bad!')
  await expect(page.getByText('No label can be: bad!')).toBeVisible()
  await page.getByRole('dialog').getByLabel('Labels').fill('hall-2, cnc')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('hall-2, cnc')).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)?.body).toEqual({ labels: ['hall-2', 'cnc'] })
})

test('a join code is shown once, to be copied', async ({ open }) => {
  const { page, fake } = await open({ path: '/enrol' })
  await page.getByLabel('Site').fill('graz')
  await page.getByLabel('Groups').fill('canary line-1')
  await page.getByRole('button', { name: 'Make a join code' }).click()
  await expect(page.getByLabel('Join code')).toHaveValue(/^ewj1\./)
  await expectAccessible(page)
  await expect
    .poll(() => fake.asked.at(-1)?.body)
    .toEqual({ site: 'graz', groups: ['canary', 'line-1'], labels: [] })
  await page.getByRole('button', { name: 'Another machine' }).click()
  await expect(page.getByLabel('Join code')).toHaveCount(0)
})

test('whoever only reads is offered nothing that changes anything', async ({ open }) => {
  const { device } = machinesOf()[0]!
  const { page, fake } = await open({ path: `/machines/${device}`, roles: ['viewer'] })
  await expect(page.getByRole('heading', { name: 'Mill 1' })).toBeVisible()
  for (const name of ['Revoke', 'Quarantine', 'Change labels'])
    await expect(page.getByRole('button', { name })).toHaveCount(0)
  await page.goto(fake.url)
  await expect(page.getByText('18 of 24')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Pause' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Enrol a machine' })).toHaveCount(0)
})

test('what is wrong is said once, in the language of whoever reads', async ({ open }) => {
  const machines = machinesOf()
  const barred = machines[40]!
  Object.assign(barred, { state: 'quarantined', why: 'two keys answered', clockOffsetMs: 720_000 })
  barred.problems = [
    { kind: 'quarantined', model: null, text: 'In quarantine: two keys answered' },
    { kind: 'clock', model: null, text: 'Its clock is 12 min ahead.' },
  ]
  const { page, fake } = await open({ machines, language: 'de' })
  const table = page.getByRole('table', { name: 'Braucht einen Blick' })
  const row = (name: string) => table.getByRole('row').filter({ hasText: name })
  await expect(row('brno').filter({ hasText: 'Mill 26' })).toContainText('Nichts gehört seit 09:32')
  await page.goto(`${fake.url}/machines/${barred.device}`)
  await expect(page.getByText('two keys answered')).toHaveCount(1)
  await expect(page.getByText(/^Falsche Uhrzeit geht 12 min vor$/)).toBeVisible()
})

test('a machine whose record contradicts itself says so on its page, with the way there', async ({
  open,
}) => {
  const forked = machinesOf()[90]!
  const { page } = await open({ path: `/machines/${forked.device}` })
  await page.getByRole('link', { name: 'It says something else than before' }).click()
  await expect(page).toHaveURL(/view=findings/)
  await expect(page.getByText('row 4018')).toBeVisible()
  await expect(page.getByRole('row')).toHaveCount(2)
})
