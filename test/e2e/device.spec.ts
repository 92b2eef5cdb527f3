import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { inShadow, swapping } from '#support/fake-slots.ts'

const path = '/device'

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
    const { page } = await open({ path, models: [inShadow()], language, scheme })
    await expect(page.getByText('Advantech UNO-2484G')).toBeVisible()
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
    await page.setViewportSize({ width: 1024, height: 800 })
    await expectNothingClipped(page)
  })

test('shows the machine, its processes, what runs on what and why', async ({ open }) => {
  const model = inShadow()
  model.slots.staged!.lane = { state: 'restarting', reason: 'exit code 139', crashes: 1 }
  const { page } = await open({ path, models: [model] })
  const rows = page.getByRole('table', { name: 'Processes' }).getByRole('row')
  await expect(rows).toHaveCount(5)
  await expect(rows.nth(2)).toContainText('Milling failure 1.0.4 Running')
  await expect(rows.nth(2)).toContainText('ready')
  await expect(rows.nth(4)).toContainText('being started again: exit code 139')
  await expect(page.getByText('9.4 GB free of 16.0 GB')).toBeVisible()
  await expect(page.getByText('181 GB free of 256 GB')).toBeVisible()
  await expect(page.getByText('WebGPU works here but is 7 times slower than the CPU')).toBeVisible()
  await expect(page.getByText(/^This screen's clock is .* (behind|ahead)\.$/)).toBeVisible()
})

test('from here, too, the way back takes two touches', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  const first = page.getByRole('button', { name: 'Roll back to 1.0.3 ready, 4 ms' })
  const under = await first.boundingBox()
  await first.click()
  const second = page.getByRole('button', { name: 'Roll back to 1.0.3 now' })
  expect((await second.boundingBox())!.y).toBeGreaterThan(under!.y + under!.height)
  await second.click()
  await expect(page.getByText('Back on 1.0.3 in 3.8 ms.')).toBeVisible()
  await expect.poll(() => fake.asked).toHaveLength(1)
})

test('checks the record on request, and says where the chain breaks', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  await page.getByRole('button', { name: 'Check the record' }).click()
  await expect(page.getByText('The chain is unbroken.')).toBeVisible()
  await expect(page.getByText('604,800 entries in 812 blocks.')).toBeVisible()
  fake.record = { ok: false, blocks: 4, rows: 900, dropped: 0, problem: 'block 3 does not follow block 2' }
  await page.getByRole('button', { name: 'Check again' }).click()
  await expect(page.getByText('The chain is broken.')).toBeVisible()
  await expect(page.getByText('block 3 does not follow block 2')).toBeVisible()
})

test('a machine that cannot be asked is said, with a way to try again; the rest stands', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()], looksWhenTold: true })
  await expect(page.getByText('Advantech UNO-2484G')).toBeVisible()
  fake.trouble.set('/api/hardware', { status: 500, code: 'internal' })
  await page.reload()
  await expect(page.getByText('this was made to go wrong')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Processes' })).toBeVisible()
  fake.trouble.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Advantech UNO-2484G')).toBeVisible()
})

test('clips nothing with words 40 % longer', async ({ open }) => {
  const { page } = await open({ path, models: [inShadow()] })
  await expect(page.getByRole('table').first()).toBeVisible()
  await lengthenWords(page)
  await expectNothingClipped(page)
})
