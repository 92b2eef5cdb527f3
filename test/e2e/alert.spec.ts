import {
  expect,
  expectAccessible,
  expectDrawn,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { heat, overstrain, past, wear } from '#support/fake-scene.ts'

const path = '/alerts/a-overstrain'
const all = () => [overstrain(), heat(), wear(), ...past()]
const acknowledged = () => ({
  ...overstrain(),
  state: 'acknowledged' as const,
  acknowledgedAt: '2026-11-24T14:31:15Z',
  acknowledgedBy: 'operator',
})

test('says what, why, how sure, by when, whom to call and what to do', async ({ open }) => {
  const { page } = await open({ alerts: all(), path })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mill 3: overstrain likely')
  await expect(page).toHaveTitle('Mill 3: overstrain likely · Edgewright')
  const main = page.getByRole('main')
  await expect(main).toContainText('Tool wear is 216 min, higher than 97 % of normal (usual 9–206).')
  await expect(main).toContainText('7 of 10 like this were real, n = 41 on this machine since 3 March')
  await expect(main).toContainText('Respond by 14:44')
  await expect(main).toContainText('From 14:44: call M. Keller.')
  await expect(main).toContainText('Otherwise the tool can break in the part.')
  await expect(main).toContainText('Written by K. Lindqvist, who owns this model.')
  await expect(main).not.toContainText(/caused/i)
  await expect(
    page.getByRole('img', {
      name: /^Risk, in % of Mill 3 .*Raised 14:29:12\. alerts above 50, clears below 35\.$/,
    }),
  ).toBeVisible()
  await expect(page.getByRole('link', { name: /Mill 3: real, acted \(tool changed\)/ })).toBeVisible()
})

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
    const { page } = await open({ alerts: [acknowledged(), ...past()], path, language, scheme })
    await expect(page.locator('.trend canvas')).toBeVisible()
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
  })

test('clips nothing with words 40 % longer, nor on a narrower screen', async ({ open }) => {
  const { page } = await open({ alerts: all(), path })
  await expect(page.locator('.trend canvas')).toBeVisible()
  await page.setViewportSize({ width: 1024, height: 800 })
  await expectNothingClipped(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  await lengthenWords(page)
  await expectNothingClipped(page)
})

test('from acknowledging to what it was: each step one touch, the row keeps its place', async ({ open }) => {
  const { page, fake } = await open({ alerts: all(), path })
  const answers = page.getByRole('region', { name: 'Feedback' })
  const real = answers.getByRole('button', { name: 'Real, acted' })
  await expect(real).toHaveAttribute('aria-disabled', 'true')
  await expectDrawn(page)
  const place = await real.boundingBox()
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(real).not.toHaveAttribute('aria-disabled', 'true')
  expect((await real.boundingBox())?.y).toBe(place?.y)
  await page.getByRole('button', { name: 'Action done' }).click()
  await expect(page.getByText(/^Action done 14:3\d\.$/)).toBeVisible()
  await real.click()
  await expect(real).toHaveAttribute('aria-pressed', 'true')
  await expect(answers.getByRole('status')).toContainText(
    /^Answered 14:3\d, operator\. A new answer replaces it\.$/,
  )
  await answers.getByRole('button', { name: 'False' }).click()
  await expect(answers.getByRole('button', { name: 'False' })).toHaveAttribute('aria-pressed', 'true')
  await expect(real).toHaveAttribute('aria-pressed', 'false')
  await answers.getByRole('button', { name: 'Add words' }).click()
  await answers.getByRole('textbox', { name: 'In your words (not required)' }).fill('Hard casting')
  await answers.getByRole('button', { name: 'Save' }).click()
  await expect(answers.getByRole('status')).toContainText('“Hard casting”')
  await expect
    .poll(() => fake.alerts.get('a-overstrain')?.feedback)
    .toMatchObject({ answer: 'false', note: 'Hard casting' })
  await expectAccessible(page)
})

test('what is over has no alarm colour, and can still be answered', async ({ open }) => {
  const { page } = await open({ alerts: all(), path: '/alerts/a-past-1' })
  await expect(page.locator('.plate.shelved')).toContainText('Ended')
  await expect(page.locator('.inputs .dev')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Real, acted' })).toHaveAttribute('aria-pressed', 'true')
})

test('no time runs where nothing is due: cleared, or done', async ({ open }) => {
  const { page, fake } = await open({ alerts: all(), path })
  const due = page.locator('.due')
  await expect(due).toContainText('Respond by 14:44')
  fake.change('a-overstrain', { state: 'returned-unacknowledged', clearedAt: '2026-11-24T14:31:00Z' })
  await expect(due).toHaveText('Cleared by itself 14:31.')
  fake.put({ ...acknowledged(), actionDoneAt: '2026-11-24T14:32:00Z' })
  await expect(due).toHaveText('Action done 14:32.')
})

test('similar ones that cleared before anybody saw them are not called active', async ({ open }) => {
  const unseen = { ...overstrain(), id: 'a-unseen', asset: 'Mill 4', clearedAt: '2026-11-24T14:31:00Z' }
  const { page } = await open({
    alerts: [
      overstrain(),
      { ...unseen, state: 'returned-unacknowledged' },
      { ...overstrain(), id: 'a-other', asset: 'Mill 6' },
    ],
    path,
  })
  await expect(page.getByRole('link', { name: /Mill 4: cleared, not seen/ })).toBeVisible()
  await expect(page.getByRole('link', { name: /Mill 6: still active/ })).toBeVisible()
})

test('a shelved one says until when and why, and comes back', async ({ open }) => {
  const shelved = { until: '2026-11-24T15:10:00Z', reason: 'Maintenance', by: 'operator' }
  const { page } = await open({ alerts: [{ ...overstrain(), state: 'shelved', shelved }], path })
  await expect(page.getByRole('main')).toContainText('Shelved until 15:10')
  await expect(page.getByRole('main')).toContainText('Maintenance')
  await page.getByRole('button', { name: 'Bring back' }).click()
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toBeVisible()
})

test('changes elsewhere show here', async ({ open }) => {
  const { page, fake } = await open({ alerts: all(), path })
  await expect(page.locator('.plate.unack')).toContainText('Nobody has acknowledged it')
  fake.put(acknowledged())
  await expect(page.locator('.plate.acked')).toContainText('14:31:15')
})

test('reached by keyboard from Now and back, with the focus on the heading', async ({ open }) => {
  const { page } = await open({ alerts: all() })
  await page.getByRole('link', { name: 'Mill 3: overstrain likely' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Mill 3: overstrain likely' })).toBeFocused()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeFocused()
})

test('the first key of the page leads past the frame', async ({ open }) => {
  const { page } = await open({ alerts: all(), path })
  // A browser that is very busy may lose a key that comes before its window has the focus: then the page is opened anew.
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('link', { name: 'To the content' })).toBeFocused({ timeout: 2000 })
  }).toPass({ timeout: 20_000 })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
})

test('an unknown alert is said, with the way to Now', async ({ open }) => {
  const { page } = await open({ alerts: all(), path: '/alerts/nothing' })
  await expect(page.getByRole('heading', { name: 'This machine has no such alert.' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'To Now', exact: true }).click()
  await expect(page.locator('article.alert')).toHaveCount(3)
})

test('priorities are told apart without colour', async ({ open }) => {
  const { page } = await open({ alerts: [overstrain(), heat(), { ...wear(), state: 'unacknowledged' }] })
  await expect(page.locator('article.alert')).toHaveCount(3)
  const marks = await page
    .locator('article.alert .plate')
    .evaluateAll((plates) =>
      plates.map(
        (plate) =>
          `${plate.querySelector('path')?.getAttribute('d')} ${plate.querySelector('.word')?.textContent}`,
      ),
    )
  expect(new Set(marks).size).toBe(3)
})
