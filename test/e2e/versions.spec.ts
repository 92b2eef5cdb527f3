import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { milling } from '#support/fake-scene.ts'
import { byRules, inShadow, swapping } from '#support/fake-slots.ts'

const path = '/models'

test('shows what runs, what it would go back to and what waits, the same fact in one line', async ({
  open,
}) => {
  const { page } = await open({ path, models: [inShadow()] })
  const running = page.getByRole('article', { name: 'Running' })
  await expect(running).toContainText('1.0.4')
  await expect(running).toContainText('answers all readings')
  await expect(running).toContainText('2 Nov 08:00, T. Okafor')
  await expect(running).toContainText('9f3c41d2 … 6be0a07e')
  await expect(running).toContainText('64 of 64, 06:00')
  await expect(running).toContainText('0.42 ms on CPU')
  await expect(running).toContainText('38 MB')
  await expect(page.getByRole('article', { name: 'Previous' })).toContainText('loaded and warm')
  const staged = page.getByRole('article', { name: 'Staged' })
  await expect(staged).toContainText('nobody, --allow-unsigned')
  await expect(staged.getByRole('listitem').nth(3)).toHaveAttribute('aria-current', 'step')
  const tops = await page
    .locator('.slot > p:nth-of-type(4)')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top))
  expect(new Set(tops).size).toBe(1)
})

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
    const { page } = await open({ path, models: [inShadow()], language, scheme })
    await expect(page.locator('.guardrails tbody tr')).toHaveCount(3)
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
    await page.locator('.btn.back').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
    await page.setViewportSize({ width: 1024, height: 800 })
    await expectNothingClipped(page)
  })

test('says which processor runs it and why, with what was tried', async ({ open }) => {
  const { page } = await open({ path, models: [swapping()] })
  const table = page.getByRole('table', { name: 'Which processor runs 1.0.4, and why' })
  await expect(table.getByRole('row').nth(1)).toContainText('Chosen: fastest')
  await expect(table.getByRole('row').nth(2)).toContainText('Correct, but slower')
  await expect(table.getByRole('row').nth(2)).toContainText('0.0000021')
  await expect(table.getByRole('row').nth(3)).toContainText('No NVIDIA device was found')
  await expect(page.getByText('WebGPU works here but is 7 times slower than the CPU')).toBeVisible()
})

test('four processors, and the sentence that says why, are seen without scrolling', async ({ open }) => {
  const model = swapping()
  const { trials } = model.slots.running!.qualification!
  trials.push({ ...trials.at(-1)!, provider: 'tensorrt', device: 'TensorRT' })
  const { page } = await open({ path, models: [model] })
  await expect(page.locator('.qual tbody tr')).toHaveCount(4)
  await expect(page.getByText('Measured on this machine')).toBeVisible()
  const lowerEdge = async () => {
    const place = await page.locator('.because').boundingBox()
    return place!.y + place!.height
  }
  await expect.poll(lowerEdge).toBeLessThanOrEqual(800)
})

test('rolls back in two touches with no events and no network, and says how long it took', async ({
  open,
}) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  await expect(page.getByRole('article', { name: 'Running' })).toContainText('1.0.4')
  fake.trouble.set('/api/events', { status: 503, code: 'internal' })
  fake.disconnectEvents()
  await page.evaluate(() => window.dispatchEvent(new Event('offline')))
  const first = page.getByRole('button', { name: 'Roll back to 1.0.3 ready, 4 ms' })
  const under = await first.boundingBox()
  await first.click()
  const dialog = page.getByRole('dialog', { name: 'Roll back from 1.0.4 to 1.0.3?' })
  await expect(dialog.getByRole('heading')).toBeFocused()
  const second = dialog.getByRole('button', { name: 'Roll back to 1.0.3 now' })
  const over = await second.boundingBox()
  expect(over!.x + over!.width).toBeLessThan(under!.x)
  await second.click()
  await expect(page.getByText('Back on 1.0.3 in 3.8 ms.')).toBeVisible()
  await expect(page.locator('.last-rollback')).toBeFocused()
  await expect(page.getByRole('article', { name: 'Running' })).toContainText('1.0.3')
  await expect(page.getByRole('article', { name: 'Previous' })).toContainText('No version to go back to.')
  await expect(page.getByRole('article', { name: 'Staged' })).toContainText('held, taken back 14:32')
  await expect
    .poll(() => fake.asked)
    .toEqual([{ path: '/api/models/milling-failure/rollback', body: { reason: 'To be safe, causes later' } }])
})

test('what the central team said of a version stands beside its signers', async ({ open }) => {
  const reason = '1.1.0 was revoked: It misses wear of tool 4'
  const model = swapping({ signedBy: ['A. Weber'], revocation: { action: 'stop', reason } })
  model.slots.running!.revocation = { action: 'warn', reason: 'Recalibrate soon' }
  const { page, fake } = await open({ path, models: [model] })
  const staged = page.getByRole('article', { name: 'Staged' })
  await expect(staged).toContainText('must not run any more')
  await expect(staged).toContainText('A. WeberRevoked: It misses wear of tool 4')
  await expect(page.getByRole('article', { name: 'Running' })).toContainText(
    'Under a warning: Recalibrate soon',
  )
  await expect(page.getByRole('article', { name: 'Previous' })).toContainText('loaded and warm')
  await expectAccessible(page)
  await expectNothingClipped(page)
  const least = '1.1.0 is release 3, and no release below 5 may run any more'
  fake.putModel(swapping({ revocation: { action: 'stop', reason: least } }))
  await expect(staged).toContainText(`Must not run: ${least}`)
})

test('a double touch asks and does no more; Esc leaves everything as it was, the focus too', async ({
  open,
}) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  const first = page.getByRole('button', { name: /^Roll back to 1\.0\.3 ready/ })
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  const slots = await page.locator('.lower').boundingBox()
  await first.dblclick({ delay: 30 })
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await page.locator('.lower').boundingBox()).toEqual(slots)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(first).toBeFocused()
  await expect.poll(() => fake.asked).toEqual([])
})

test('takes the reason in words and the name once', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  await page.getByRole('button', { name: /^Roll back to 1\.0\.3 ready/ }).click()
  await page.getByRole('button', { name: 'It missed something' }).click()
  await page.getByRole('textbox', { name: 'In your words' }).fill('tool broke at 14:10')
  await page.getByRole('textbox', { name: 'Your name, for the record' }).fill('T. Okafor')
  await page.getByRole('button', { name: 'Roll back to 1.0.3 now' }).click()
  await expect(page.getByText('T. Okafor: It missed something: tool broke at 14:10')).toBeVisible()
  await expect
    .poll(() => fake.asked[0]?.body)
    .toEqual({
      reason: 'It missed something: tool broke at 14:10',
      person: 'T. Okafor',
    })
  fake.putModel(swapping())
  await page.getByRole('button', { name: /^Roll back to 1\.0\.3 ready/ }).click()
  await expect(page.getByRole('textbox', { name: 'Your name, for the record' })).toHaveValue('T. Okafor')
})

test('a refusal is said in place, and can be tried again', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  fake.trouble.set('/rollback', { status: 409, code: 'rollback-refused' })
  await page.getByRole('button', { name: /^Roll back to 1\.0\.3 ready/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Roll back to 1.0.3 now' }).click()
  await expect(dialog.getByRole('alert')).toContainText('this was made to go wrong')
  await expect(dialog.getByRole('alert')).toContainText('Ask somebody who may')
  await expect(page.getByText('Back on 1.0.3')).toBeHidden()
  fake.trouble.clear()
  await dialog.getByRole('button', { name: 'Roll back to 1.0.3 now' }).click()
  await expect(page.getByText('Back on 1.0.3 in 3.8 ms.')).toBeVisible()
})

test('a previous version that is not loaded says how long it would take; a damaged one has no button', async ({
  open,
}) => {
  const cold = swapping()
  cold.slots.previous!.lane = null
  const text = 'it is not loaded: it must be loaded first, about 1.9 s'
  cold.rollback = { to: '1.0.3', ready: false, expectedMs: 1900, text }
  const { page, fake } = await open({ path, models: [cold] })
  await expect(page.getByRole('button', { name: 'Roll back to 1.0.3 not loaded, about 1.9 s' })).toBeVisible()
  await expect(page.getByText(text)).toBeVisible()
  const why = 'model "milling-failure" cannot go back: model.onnx is not what was installed'
  const rotten = { to: '1.0.3', ready: false, expectedMs: null, text: why }
  fake.putModel({ ...cold, rollback: rotten })
  await expect(page.getByText('There is no way back to 1.0.3.')).toBeVisible()
  await expect(page.getByText(why)).toBeVisible()
  await expect(page.getByRole('button', { name: /Roll back/ })).toBeHidden()
  await expectAccessible(page)
})

test('drills on request and shows the last twelve', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  await expect(page.getByRole('heading', { name: 'Last drill: passed, 06:00' })).toBeVisible()
  await expect(page.getByRole('img', { name: '12 drills, 3 ms to 9 ms' })).toBeVisible()
  await page.getByRole('button', { name: 'Drill now' }).click()
  await expect(page.getByText('There in 3 ms, back in 4 ms. None of 9 readings lost.')).toBeVisible()
  await expect.poll(() => fake.asked[0]?.path).toBe('/api/models/milling-failure/drill')
})

test('guardrails: where each stands, its limit, who decides, and what would have fired', async ({ open }) => {
  const model = swapping()
  model.guardrails[0] = {
    ...model.guardrails[0]!,
    state: 'firing',
    value: 0.12,
    since: '2026-11-24T14:30:00Z',
  }
  const { page } = await open({ path, models: [model] })
  const rows = page.getByRole('table', { name: 'Conditions that act by themselves' }).getByRole('row')
  await expect(rows.nth(1)).toContainText('has fired since 14:30')
  await expect(rows.nth(1)).toContainText('12 %')
  await expect(rows.nth(1)).toContainText('> 5 % over 5 min')
  await expect(rows.nth(1)).toContainText('K. Lindqvist')
  await expect(rows.nth(3)).toContainText('too little, n = 3')
  await page.getByRole('button', { name: 'What would have fired in 7 days?' }).click()
  await expect(rows.nth(1)).toContainText('would have fired 2 times')
  await expect(rows.nth(2)).toContainText('would not have fired')
  await expect(page.getByText('Over 604,800 readings of 7 days')).toBeVisible()
})

test('several models: a choice above, remembered on the next screen', async ({ open }) => {
  const other = { ...milling(), id: 'spindle', title: { en: 'Spindle wear', de: 'Spindelverschleiß' } }
  const { page } = await open({ path, models: [swapping(), other] })
  await page.getByRole('button', { name: 'Spindle wear' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Spindle wear' })).toBeVisible()
  await page.getByRole('link', { name: 'Swap', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Spindle wear' })).toBeFocused()
})

test('a model that does not answer never looks as if it did', async ({ open }) => {
  const { page } = await open({ path, models: [byRules()] })
  await expect(page.getByRole('article', { name: 'Running' })).toContainText('does not answer')
  await expect(page.getByText('answers all readings')).toBeHidden()
})

test('clips nothing with words 40 % longer', async ({ open }) => {
  const { page } = await open({ path, models: [inShadow()] })
  await expect(page.getByRole('table').first()).toBeVisible()
  await lengthenWords(page)
  await expectNothingClipped(page)
})
