import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { milling } from '#support/fake-scene.ts'
import { byRules, comparison, inCanary, inShadow, onTrial, swapping, takenBack } from '#support/fake-slots.ts'

const path = '/swap'
const who = { reason: 'New release' }

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width in each state, ${language}, ${scheme}`, async ({
    open,
  }) => {
    const { page, fake } = await open({
      ...{ path, models: [swapping()], comparison: comparison(), language, scheme },
    })
    for (const [model, heading] of [
      [swapping(), { en: '1.1.0 is verified and waits', de: '1.1.0 ist verifiziert und wartet' }],
      [inShadow(), { en: '1.1.0 in shadow', de: '1.1.0 im Schatten' }],
      [takenBack(), { en: '1.1.0 is held', de: '1.1.0 ist gesperrt' }],
      [onTrial(), { en: '1.1.0 answers, on trial', de: '1.1.0 antwortet, auf Probe' }],
    ] as const) {
      fake.putModel(model)
      await expect(page.getByRole('heading', { level: 2, name: heading[language] })).toBeVisible()
      await expectAccessible(page)
      await expectTouchable(page)
      await expectNothingClipped(page)
    }
    await page.setViewportSize({ width: 1024, height: 800 })
    await expectNothingClipped(page)
  })

test('a package file is sent, verified and waits; a refusal is said in full, and can be tried again', async ({
  open,
}) => {
  const { page, fake } = await open({ path, models: [milling()] })
  const file = { name: 'milling-1.2.0.ewp', mimeType: 'application/zip', buffer: Buffer.alloc(200_000, 1) }
  fake.trouble.set('/api/models', { status: 422, code: 'package-refused' })
  await page.locator('input[type=file]').setInputFiles(file)
  const refused = page.getByRole('alert').filter({ hasText: 'milling-1.2.0.ewp was not taken.' })
  await expect(refused).toContainText('this was made to go wrong')
  await expect(refused).toContainText('Mend the package and pack it again')
  await expectAccessible(page)
  fake.trouble.clear()
  await refused.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: '1.2.0 is verified and waits' })).toBeVisible()
  await expect(refused).toBeHidden()
  await expect.poll(() => fake.asked.at(-1)).toEqual({ path: '/api/models', body: { bytes: 200_000 } })
})

test('while it is sent and checked, it says so', async ({ open }) => {
  const { page, fake } = await open({ path, models: [milling()] })
  fake.trouble.set('/api/models', 'hang')
  const file = { name: 'big.ewp', mimeType: 'application/zip', buffer: Buffer.alloc(100_000) }
  await page.locator('input[type=file]').setInputFiles(file)
  await expect(page.getByText(/^(Sending big\.ewp|big\.ewp is here and is being verified\.)$/)).toBeVisible()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.locator('progress')).toBeHidden()
  await expect(page.getByRole('alert')).toBeHidden()
})

for (const [mode, button, ask] of [
  ['In shadow', 'Start 1.1.0 in shadow', { version: '1.1.0', mode: 'shadow', ...who }],
  ['For a share', 'Start 1.1.0 for 25 %', { version: '1.1.0', mode: 'canary', percent: 25, ...who }],
  ['At once', 'Start 1.1.0 at once', { version: '1.1.0', mode: 'replace', ...who }],
] as const)
  test(`starts a waiting version: ${mode}`, async ({ open }) => {
    const { page, fake } = await open({ path, models: [swapping()], comparison: comparison() })
    await page.locator('.modes').getByRole('button', { name: mode }).click()
    if (ask.mode === 'canary') await page.getByRole('button', { name: '25 %' }).click()
    else await expect(page.getByRole('button', { name: '25 %' })).toHaveAttribute('aria-disabled', 'true')
    await page.getByRole('button', { name: button }).click()
    await expect(page.getByRole('button', { name: button })).toBeHidden()
    // The button says something else as soon as it waits for the answer.
    await expect
      .poll(() => fake.asked[0])
      .toEqual({ path: '/api/models/milling-failure/activate', body: ask })
  })

test('a share that cannot be is not started, and the field may be emptied', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  await page.locator('.modes').getByRole('button', { name: 'For a share' }).click()
  const share = page.getByLabel('Share of the assets, in %')
  for (const typed of ['', '0', '100']) {
    await share.fill(typed)
    const wrong = page.getByRole('button', { name: 'More than 0, less than 100 %' })
    await expect(wrong).toHaveAttribute('aria-disabled', 'true')
    await expect(share).toHaveValue(typed)
    await wrong.press('Enter')
  }
  await expect.poll(() => fake.asked).toEqual([])
  await share.fill('33.3')
  await page.getByRole('button', { name: 'Start 1.1.0 for 33.3 %' }).click()
  await expect.poll(() => fake.asked[0]?.body).toMatchObject({ mode: 'canary', percent: 33.3 })
})

test('a version that was taken out is started again, for a reason', async ({ open }) => {
  const model = byRules()
  const by = 'guardrail no-answer (decided by K. Lindqvist)'
  model.slots.running!.deployment = {
    state: 'withdrawn',
    since: '2026-11-24T14:30:00Z',
    by,
    reason: '22 % of 295',
  }
  const { page, fake } = await open({ path, models: [model] })
  await expect(page.getByRole('heading', { name: '1.0.4 was taken out' })).toBeVisible()
  await expect(page.getByText('The rules of its package answer meanwhile.')).toBeVisible()
  await expectAccessible(page)
  await expectTouchable(page)
  await expectNothingClipped(page)
  fake.trouble.set('/activate', { status: 422, code: 'model-refused' })
  await page.getByRole('button', { name: 'Start 1.0.4 again' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'this was made to go wrong' })).toBeVisible()
  fake.trouble.clear()
  await page.getByRole('button', { name: 'Start 1.0.4 again' }).click()
  const ask = { version: '1.0.4', mode: 'replace', reason: 'To try it again' }
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({ path: '/api/models/milling-failure/activate', body: ask })
})

test('a start that is refused keeps its reason, with the version where it was', async ({ open }) => {
  const { page, fake } = await open({ path, models: [swapping()] })
  fake.trouble.set('/activate', { status: 409, code: 'model-busy' })
  await page.getByRole('button', { name: 'Start 1.1.0 in shadow' }).click()
  await expect(
    page.getByRole('alert').filter({ hasText: 'Wait until that is over, and ask again.' }),
  ).toBeVisible()
  await expect(page.getByRole('heading', { name: '1.1.0 is verified and waits' })).toBeVisible()
})

test('what is being checked says what goes on, and that the running one answers', async ({ open }) => {
  const model = swapping({
    deployment: { state: 'qualifying', since: '2026-11-24T14:31:00Z', mode: 'shadow' },
    lane: { state: 'starting' },
  })
  const { page, fake } = await open({ path, models: [model] })
  const steps = page.getByRole('list', { name: 'Steps of the swap' }).getByRole('listitem')
  await expect(steps.nth(1)).toHaveAttribute('aria-current', 'step')
  await expect(page.getByText('It is loaded in a process of its own')).toContainText(
    '1.0.4 goes on answering.',
  )
  const reason = 'vector 17 gave 0.731, its makers signed 0.412'
  const refused = swapping({
    deployment: { state: 'refused', since: '2026-11-24T14:32:00Z', reason },
    selfTest: { passed: 61, of: 64, at: '2026-11-24T14:32:00Z', largestDifference: 0.319 },
  })
  fake.putModel(refused)
  await expect(page.getByRole('heading', { name: '1.1.0 refused' })).toBeVisible()
  await expect(page.getByText(reason)).toBeVisible()
  await expect(steps.nth(2)).toContainText('failed')
})

test('in shadow: the comparison, where the two differ, and promoting in two touches', async ({ open }) => {
  const { page, fake } = await open({ path, models: [inShadow()], comparison: comparison() })
  await expect(page.getByText('1,192 of 1,204 answers agree, 99 %')).toBeVisible()
  await expect(page.getByText('Not decided yet: 14 of 30 labels, 0.1 of 7 days.')).toBeVisible()
  await expect(page.getByRole('row', { name: 'With an alert' })).toContainText('2.1 %')
  await expect(page.getByRole('table', { name: 'Where the two differ' }).getByRole('row')).toHaveCount(13)
  await page.getByRole('button', { name: 'Promote 1.1.0' }).click()
  await page.getByRole('button', { name: 'Promote 1.1.0 now' }).click()
  await expect(page.getByRole('heading', { name: '1.1.0 answers, on trial' })).toBeVisible()
  await expect.poll(() => fake.asked[0]?.path).toBe('/api/models/milling-failure/promote')
})

test('a canary says its share, and is aborted with a reason', async ({ open }) => {
  const { page, fake } = await open({ path, models: [inCanary()] })
  await expect(page.getByRole('heading', { name: '1.1.0 answers for 10 % of the assets' })).toBeVisible()
  await expect(page.getByText('Nothing is compared yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Abort' }).click()
  await page.getByRole('button', { name: 'Abort 1.1.0 now' }).click()
  await expect(page.getByRole('heading', { name: '1.1.0 is verified and waits' })).toBeVisible()
  await expect.poll(() => fake.asked[0]?.body).toEqual({ reason: 'The comparison does not convince' })
})

test('on trial: time runs down to "committed", and the way back is there', async ({ open }) => {
  const model = onTrial()
  const { page, fake } = await open({ path, models: [model] })
  const timer = page.getByRole('timer')
  await expect(timer).toHaveText(/^(4:00|3:5\d)left until 14:36:07$/)
  fake.pass(60_000)
  await expect(timer).toHaveText(/^(3:00|2:5\d)left until 14:36:07$/)
  await page.getByRole('button', { name: /^Roll back to 1\.0\.4/ }).click()
  await expect(page.getByRole('dialog', { name: 'Roll back from 1.1.0 to 1.0.4?' })).toBeVisible()
  await page.keyboard.press('Escape')
  const { running } = model.slots
  const deployment = { ...running!.deployment, trialUntil: undefined }
  fake.putModel(
    JSON.parse(JSON.stringify({ ...model, slots: { ...model.slots, running: { ...running, deployment } } })),
  )
  await expect(page.getByRole('heading', { name: '1.1.0 is committed' })).toBeVisible()
})

test('a version that must not run any more says so and cannot be started', async ({ open }) => {
  const reason = '1.1.0 was revoked: It misses wear of tool 4'
  const revocation = { action: 'stop' as const, reason }
  const { page, fake } = await open({ path, models: [swapping({ signedBy: ['A. Weber'], revocation })] })
  const candidate = page.getByRole('region', { name: 'Staged' })
  const start = candidate.getByRole('button', { name: /^Start/ })
  await expect(candidate.getByRole('heading', { name: '1.1.0 must not run any more' })).toBeVisible()
  await expect(candidate).toContainText('Revoked: It misses wear of tool 4')
  await expect(start).toHaveCount(0)
  await expectAccessible(page)
  await expectNothingClipped(page)
  const since = '2026-11-24T14:02:00Z'
  const deployment = { state: 'rolled-back' as const, since, by: 'policy', reason, ms: 3.8 }
  fake.putModel(swapping({ revocation, deployment }))
  await expect(candidate).toContainText('by the central team: 1.1.0 was revoked: It misses wear of tool 4.')
  await expect(candidate.getByText('It misses wear')).toHaveCount(1)
  await expect(start).toHaveCount(0)
  const taken = swapping()
  taken.slots.running!.deployment = { state: 'withdrawn', since, by: 'policy', reason }
  taken.slots.running!.revocation = revocation
  fake.putModel({ ...taken, slots: { ...taken.slots, staged: null } })
  const running = page.getByRole('region', { name: 'Running' })
  await expect(running).toContainText('1.0.4 cannot be started here any more')
  await expect(running.getByRole('button', { name: /^Start/ })).toHaveCount(0)
  fake.putModel(swapping())
  await expect(start).toBeVisible()
})

test('a held version says why, when and by whom, and that starting it clears the hold', async ({ open }) => {
  const { page } = await open({ path, models: [takenBack()] })
  await expect(page.getByRole('heading', { name: '1.1.0 is held' })).toBeVisible()
  const panel = page.getByRole('region', { name: 'Staged' })
  await expect(panel).toContainText('Taken back 14:02:00 by the guardrail “Readings without an answer”')
  await expect(panel).toContainText('12 % of 250 readings in 5 min')
  await expect(panel).toContainText('It took 3.8 ms.')
  await expect(panel).toContainText('Starting it here clears the hold and checks it again.')
  await expect(panel.getByRole('button', { name: 'Start 1.1.0 in shadow' })).toBeVisible()
})

test('clips nothing with words 40 % longer', async ({ open }) => {
  const { page } = await open({ path, models: [inShadow()], comparison: comparison() })
  await expect(page.getByRole('table', { name: 'Where the two differ' })).toBeVisible()
  await lengthenWords(page)
  await expectNothingClipped(page)
})
