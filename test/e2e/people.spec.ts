import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { berg, keller, okafor } from '#support/fake-people.ts'
import { milling } from '#support/fake-scene.ts'
import { onTrial, swapping } from '#support/fake-slots.ts'

const people = [keller, berg, okafor]
const shadow = 'Start 1.1.0 in shadow'
const activated = '/api/models/milling-failure/activate'

for (const [language, scheme, ask, start, wrong] of [
  ['en', 'light', 'This needs a technician', shadow, /^This PIN is wrong/],
  ['de', 'dark', 'Das darf nur die Technik', '1.1.0 im Schatten starten', /^Diese PIN ist falsch/],
] as const)
  test(`holds WCAG, targets of 48 px and its width in each state, ${language}, ${scheme}`, async ({
    open,
  }) => {
    const { page, fake } = await open({ path: '/swap', models: [swapping()], people, language, scheme })
    const holds = async () => {
      await expectAccessible(page)
      await expectTouchable(page)
      await expectNothingClipped(page)
    }
    await page.locator('.start .primary').click()
    const dialog = page.getByRole('dialog', { name: ask })
    await expect(dialog.getByRole('button', { name: 'M. Keller' })).toBeVisible()
    await holds()
    await dialog.getByRole('button', { name: 'M. Keller' }).click()
    await holds()
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await expect(dialog.getByText(wrong)).toBeVisible()
    fake.people.lock('k', 100_000)
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await expect(dialog.getByText(/2 min/)).toBeVisible()
    await holds()
    fake.people.lock('k', 0)
    await page.keyboard.press('Escape')
    await page.locator('.start .primary').click()
    await dialog.getByRole('button', { name: 'M. Keller' }).click()
    await page.keyboard.type(keller.pin)
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('button', { name: start })).toBeHidden()
    const who = page.getByRole('button', { name: /M\. Keller.*\d+ min/ })
    await expect(who).toBeVisible()
    await holds()
    await page.setViewportSize({ width: 1024, height: 800 })
    await expectNothingClipped(page)
    await who.click()
    await holds()
  })

test('what a technician may is asked for once: name, PIN, and it is done under that name', async ({
  open,
}) => {
  const { page, fake } = await open({ path: '/swap', models: [swapping()], people })
  await page.getByRole('button', { name: shadow }).click()
  const dialog = page.getByRole('dialog', { name: 'This needs a technician' })
  await expect(dialog.getByRole('button', { name: 'M. Keller technician' })).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'T. Okafor' })).toBeHidden()
  await dialog.getByRole('button', { name: 'M. Keller' }).click()
  const pin = dialog.getByLabel('PIN of M. Keller')
  await expect(pin).toBeFocused()
  const go = dialog.getByRole('button', { name: 'Sign in as M. Keller' })
  await expect(go).toHaveAttribute('aria-disabled', 'true')
  // Quick touches on the keypad, two on one digit among them; and one taken back.
  for (const digit of '2468109') await dialog.getByRole('button', { name: `Digit ${digit}` }).click()
  await dialog.getByRole('button', { name: 'Take the last digit back' }).click()
  await expect(pin).toHaveValue(keller.pin)
  await expect(pin).toHaveAttribute('type', 'password')
  await go.click()
  await expect(page.getByRole('heading', { name: /^1\.1\.0 runs beside|in (the )?shadow/ })).toBeVisible()
  await expect.poll(() => fake.asked.map(({ path }) => path)).toEqual(['/api/session/person', activated])
  await expect(page.getByRole('banner').getByText('M. Keller')).toBeVisible()
  await expect(page.getByRole('banner').getByText('technician · 10 min')).toBeVisible()
  // The PIN is nowhere but in that one request.
  const kept = await page.evaluate(() =>
    JSON.stringify([
      location.href,
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      document.body.innerHTML,
    ]),
  )
  expect(kept).not.toContain(keller.pin)
  // The next one needs no PIN.
  await page.getByRole('button', { name: 'Promote 1.1.0' }).click()
  await expect(page.getByText('Recorded as M. Keller, technician')).toBeVisible()
  await page.getByRole('button', { name: 'Promote 1.1.0 now' }).click()
  await expect(page.getByRole('heading', { name: '1.1.0 answers, on trial' })).toBeVisible()
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({
      path: '/api/models/milling-failure/promote',
      body: { reason: expect.any(String) },
    })
})

test('two quick touches on one digit are two digits', async ({ open }) => {
  const { page } = await open({ path: '/swap', models: [swapping()], people: [okafor, keller] })
  await page.getByRole('button', { name: shadow }).click()
  // The only one who may is not asked for their name.
  await page.getByRole('button', { name: 'Digit 1' }).dblclick()
  await page.getByRole('button', { name: 'Digit 2' }).dblclick()
  await expect(page.getByLabel('PIN of M. Keller')).toHaveValue('1122')
})

test('a wrong PIN says so, the fifth locks, and the time runs down to the next try', async ({ open }) => {
  const { page, fake } = await open({ path: '/swap', models: [swapping()], people: [keller] })
  await page.getByRole('button', { name: shadow }).click()
  const pin = page.getByLabel('PIN of M. Keller')
  const dialog = page.getByRole('dialog')
  for (let k = 0; k < 4; k++) {
    await pin.fill('999999')
    await pin.press('Enter')
    await expect(dialog.getByText(/^This PIN is wrong\./)).toBeVisible()
    await expect(pin).toHaveValue('')
  }
  await pin.fill('999999')
  await pin.press('Enter')
  await expect(
    dialog.getByText(/^Too many wrong PINs: M\. Keller can sign in again in (1 min|\d+ s)\.$/),
  ).toBeVisible()
  await pin.fill(keller.pin)
  const go = dialog.getByRole('button', { name: 'Sign in as M. Keller' })
  await expect(go).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'needs a technician' })).toBeVisible()
  await expect(page.getByRole('heading', { name: '1.1.0 is verified and waits' })).toBeVisible()
  await expect.poll(() => fake.asked.every(({ path }) => path === '/api/session/person')).toBe(true)
})

test('a package file that a technician must send goes out again once one has signed in', async ({ open }) => {
  const { page, fake } = await open({ path: '/swap', models: [milling()], people: [keller] })
  const file = { name: 'milling-1.2.0.ewp', mimeType: 'application/zip', buffer: Buffer.alloc(100_000, 1) }
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByLabel('PIN of M. Keller').fill(keller.pin)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: '1.2.0 is verified and waits' })).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)).toEqual({ path: '/api/models', body: { bytes: 100_000 } })
})

test('where nobody may, it says so, and how an admin adds one', async ({ open }) => {
  const { page, fake } = await open({ path: '/swap', models: [swapping()], people: [okafor] })
  await page.getByRole('button', { name: shadow }).click()
  const dialog = page.getByRole('dialog', { name: 'This needs a technician' })
  await expect(dialog.getByText('Nobody at this machine may do this yet.')).toBeVisible()
  await expect(dialog.getByText('edgewright people add NAME --role technician --data DIR')).toBeVisible()
  await expectAccessible(page)
  await expectNothingClipped(page)
  await dialog.getByRole('button', { name: 'Close' }).click()
  await expect.poll(() => fake.asked).toEqual([])
})

test('the way back asks nobody for a PIN', async ({ open }) => {
  const { page, fake } = await open({ path: '/device', models: [onTrial()], people })
  await page.getByRole('button', { name: /^Roll back to 1\.0\.4/ }).click()
  await page.getByRole('button', { name: 'Roll back to 1.0.4 now' }).click()
  await expect(page.getByText(/^Back on 1\.0\.4/)).toBeVisible()
  await expect.poll(() => fake.asked).toHaveLength(1)
})

test('signing in and out at the head of the page; after a while it is the operator’s again', async ({
  open,
}) => {
  const { page, fake } = await open({ models: [milling()], people })
  const banner = page.getByRole('banner')
  const signIn = async () => {
    await banner.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'A. Berg' }).click()
    await page.keyboard.type(berg.pin)
    await page.keyboard.press('Enter')
    await expect(banner.getByText('admin · 10 min')).toBeVisible()
  }
  await signIn()
  await banner.getByRole('button', { name: /^Signed in: A. Berg/ }).click()
  await page.getByRole('dialog', { name: 'A. Berg, admin' }).getByRole('button', { name: 'Sign out' }).click()
  await expect(banner.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => fake.people.session().person).toBeNull()
  await signIn()
  fake.people.fallBack()
  await page.reload()
  await expect(banner.getByRole('button', { name: 'Sign in' })).toBeVisible()
})

for (const step of ['names', 'keypad'] as const)
  test(`clips nothing with words 40 % longer: ${step}`, async ({ open }) => {
    const { page } = await open({ path: '/swap', models: [swapping()], people })
    await page.getByRole('button', { name: shadow }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    if (step === 'keypad') await page.getByRole('dialog').getByRole('button', { name: 'A. Berg' }).click()
    await lengthenWords(page)
    await expectNothingClipped(page)
  })
