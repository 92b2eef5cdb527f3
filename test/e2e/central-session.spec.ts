import { expect, expectAccessible, look, test } from '#support/central-page.ts'
import { Refused } from '#support/fake-answer.ts'
import { codes, password } from '#support/fake-central.ts'
import { fewMachines } from '#support/fake-fleet.ts'

test('a person signs in with name and password, a wrong one is told', async ({ open }) => {
  const { page, fake } = await open({ signedOut: true, path: '/rollouts' })
  await expectAccessible(page)
  await page.getByLabel('Name').fill('M. Sato')
  await page.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('not the password')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Rollouts' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => fake.session).toBeNull()
})

test('a link signs in once, and leaves the address', async ({ open }) => {
  const { page, fake } = await open({ signedOut: true, path: `/#code=${codes.enters}` })
  await expect(page.getByRole('heading', { name: 'Machines', exact: true })).toBeVisible()
  expect(page.url()).not.toContain('code')
  await expect.poll(() => fake.asked.filter(({ path }) => path === '/api/session/code')).toHaveLength(1)
})

test('a spent link says so, and leads to the password', async ({ open }) => {
  const { page } = await open({ signedOut: true, path: '/#code=old' })
  await expect(page.getByText('This link was used before')).toBeVisible()
  await page.getByRole('button', { name: 'Sign in with a password' }).click()
  await expect(page.getByLabel('Password')).toBeVisible()
})

test('the first admin chooses a name and a password', async ({ open }) => {
  const { page, fake } = await open({ signedOut: true, people: false, path: `/#code=${codes.first}` })
  await page.getByLabel('Name', { exact: true }).fill('A. Berg')
  await page.getByLabel('New password').fill('a long enough one')
  await page.getByLabel('The same once more').fill('another')
  await expect(page.getByText('The two differ.')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('The same once more').fill('a long enough one')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Machines', exact: true })).toBeVisible()
  await expect
    .poll(() => fake.asked.at(-1)?.body)
    .toEqual({
      code: codes.first,
      name: 'A. Berg',
      password: 'a long enough one',
    })
})

test('a session that ended leads to the sign-in, and back to the same screen', async ({ open }) => {
  const { page, fake } = await open({ path: '/machines' })
  await expect(page.getByRole('heading', { name: 'Machines', exact: true })).toBeVisible()
  await expect(page.getByText('1–50 of 244')).toBeVisible()
  // It ends with the question that the typing asks, and not with one that the page happens to ask before.
  const list = fake.answers.get('GET /api/devices')!
  fake.answers.set('GET /api/devices', (asked) => {
    if (asked.query['search'] === undefined) return list(asked)
    fake.answers.set('GET /api/devices', list)
    fake.session = null
    throw new Refused('not-signed-in', 'the session has ended')
  })
  await page.getByLabel('Name or device id').fill('Mill 7')
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await page.getByLabel('Name').fill('M. Sato')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Machines', exact: true })).toBeVisible()
})

test('a lost server is said with the age of what stands there, and found again', async ({ open }) => {
  const { page, fake } = await open({ machines: fewMachines(), looksWhenTold: true })
  await expect(page.getByText(/^6 sites, \d+ machines$/)).toBeVisible()
  fake.disconnect()
  await look(page)
  const lost = page
    .getByRole('alert')
    .filter({ hasText: /The server cannot be reached\. What you see is .* old/ })
  await expect(lost).toBeVisible()
  await expect(page.getByText(/^6 sites, \d+ machines$/)).toHaveCount(1)
  await expectAccessible(page)
  fake.reconnect()
  await lost.getByRole('button', { name: 'Try again' }).click()
  await expect(lost).toHaveCount(0)
})

test('a server that is not there from the beginning is said, with a way to try again', async ({ open }) => {
  const { page, fake } = await open({ path: '/settings', looksWhenTold: true })
  fake.disconnect()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'The server cannot be reached.' })).toBeVisible()
  fake.reconnect()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
})

test('a list that fails says why, and comes when tried again', async ({ open }) => {
  const { page, fake } = await open({ path: '/settings', looksWhenTold: true })
  await expect(page.getByRole('heading', { name: 'People' })).toBeVisible()
  fake.trouble.set('/api/devices', { code: 'database-unreachable' })
  await page.goto(`${fake.url}/machines`)
  await expect(page.getByRole('alert')).toContainText('this was made to go wrong')
  fake.trouble.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('table', { name: 'Machines' })).toBeVisible()
})
