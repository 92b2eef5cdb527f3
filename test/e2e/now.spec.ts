import {
  expect,
  expectAccessible,
  expectDrawn,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { flood, heat, milling, overstrain, past, wear } from '#support/fake-scene.ts'

const three = () => [overstrain(), heat(), wear(), ...past()]
const cards = 'article.alert'

test('shows alerts by priority, each with claim, confidence, reasons, steps and a deadline', async ({
  open,
}) => {
  const { page } = await open({ alerts: three() })
  await expect(page.locator(cards)).toHaveCount(3)
  await expect(page.locator(`${cards} h2`)).toHaveText([
    'Mill 3: overstrain likely',
    'Mill 1: heat dissipation failing',
    'Mill 5: tool near its end',
  ])
  const first = page.getByRole('article', { name: 'High priority: Mill 3: overstrain likely' })
  await expect(first).toContainText('7 of 10 like this were real, n = 41')
  await expect(first).toContainText('60.7 Nm')
  await expect(first).toContainText('usual 9–206')
  await expect(first).toContainText('Let the pass end, then stop.')
  await expect(first).toContainText('From 14:44: call M. Keller.')
  await expect(first).toContainText('left to respond')
  await expect(page.locator(cards).nth(2)).toContainText('Not yet measured here')
  await expect(page.getByRole('banner')).toContainText('Milling failure 1.0.4')
  await expect(page.getByRole('banner')).toContainText('No central server')
  await expect(page.getByRole('img', { name: /^Tool wear of Mill 3 from 14:12 to 14:32\./ })).toBeVisible()
  await expect(page.getByRole('table', { name: 'Mill 3 now' }).getByRole('row')).toHaveCount(6)
})

// Colours depend on the theme alone, widths on the language: two of the four tell all.
for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
    const { page } = await open({ alerts: three(), language, scheme })
    await expect(page.locator(cards)).toHaveCount(3)
    await expect(page.locator('.trend canvas')).toBeVisible()
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
  })

test('clips nothing with words 40 % longer, nor on a narrower screen', async ({ open }) => {
  const { page } = await open({ alerts: three() })
  await expect(page.locator(cards)).toHaveCount(3)
  await page.setViewportSize({ width: 1024, height: 800 })
  await expectNothingClipped(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  await lengthenWords(page)
  await expectNothingClipped(page)
})

test('acknowledges with one touch, then offers "Action done", then asks what it was', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  const done = page.getByRole('button', { name: 'Action done' })
  await expect(done).toBeFocused()
  await expect.poll(() => fake.alerts.get('a-overstrain')?.state).toBe('acknowledged')
  await expect(page.locator('.plate.acked')).toContainText('left to act')
  await done.click()
  const ask = page.getByRole('link', { name: 'What was it?' })
  await expect(ask).toBeVisible()
  await expect.poll(() => fake.alerts.get('a-overstrain')?.actionDoneAt).toBeDefined()
  await ask.click()
  await expect(page.getByRole('heading', { level: 1, name: 'Mill 3: overstrain likely' })).toBeFocused()
})

test('a double touch acknowledges and does no more', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  await page.getByRole('button', { name: 'Acknowledge' }).dblclick({ delay: 30 })
  await expect(page.getByRole('button', { name: 'Action done' })).toBeVisible()
  await expect.poll(() => fake.alerts.get('a-overstrain')?.actionDoneAt).toBeUndefined()
})

test('the key A acknowledges the first one, and nothing while a dialog is open', async ({ open }) => {
  const { page, fake } = await open({ alerts: three() })
  await expect(page.locator('kbd')).toBeVisible()
  await page.getByRole('button', { name: 'Shelve' }).first().click()
  await page.getByRole('textbox').pressSequentially('aaa')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect.poll(() => fake.asked).toEqual([])
  // A card that has only just become the first does not take the key.
  await expect(async () => {
    await page.keyboard.press('a')
    await expect.poll(() => fake.asked.length, { timeout: 3000 }).toBe(1)
  }).toPass()
  await expect(page.locator('[data-announcer]')).toHaveText('Acknowledged: Mill 3: overstrain likely')
  await expect(page.locator(cards).nth(1).locator('kbd')).toBeVisible()
})

test('shelves with an end and a reason, and brings back', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  await page.getByRole('button', { name: 'Shelve' }).click()
  const dialog = page.getByRole('dialog', { name: 'Shelve this alert' })
  await expectAccessible(page)
  await dialog.getByRole('button', { name: '60 min' }).click()
  await dialog.getByRole('button', { name: 'Another reason' }).click()
  await dialog.getByRole('button', { name: 'Shelve for 60 min' }).click()
  await expect(dialog.getByRole('alert')).toHaveText('Write the reason.')
  await dialog.getByRole('textbox', { name: 'In your words' }).fill('Trial cut until noon')
  await dialog.getByRole('button', { name: 'Shelve for 60 min' }).click()
  await expect(page.getByRole('heading', { name: 'No active alerts.' })).toBeVisible()
  await expect.poll(() => fake.alerts.get('a-overstrain')?.shelved?.reason).toBe('Trial cut until noon')
  await page.getByRole('link', { name: 'Shelved 1' }).click()
  await expect(page.getByRole('main')).toContainText('Trial cut until noon (operator)')
  await expectAccessible(page)
  await expectTouchable(page)
  await page.getByRole('button', { name: 'Bring back' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing is shelved.' })).toBeVisible()
})

test('escalates once and says whom to call', async ({ open }) => {
  const { page } = await open({ alerts: [overstrain()] })
  await page.getByRole('button', { name: 'Escalate' }).click()
  await expect(page.getByText(/^Escalated 14:3\d: call M\. Keller\.$/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Escalated' })).toHaveAttribute('aria-disabled', 'true')
})

test('a new alert is announced and counted at once, and moves nothing under a finger', async ({ open }) => {
  const { page, fake } = await open({ alerts: [heat()] })
  const button = page.getByRole('button', { name: 'Acknowledge' })
  await expectDrawn(page)
  await button.focus()
  await button.hover()
  const before = await button.boundingBox()
  await page.mouse.down()
  fake.put(overstrain())
  await expect(page.locator('[data-announcer]')).toHaveText('High priority: Mill 3: overstrain likely')
  await expect(page.locator('.strip .counts')).toContainText('High: 1')
  await expect(page.locator(cards)).toHaveCount(1)
  expect(await button.boundingBox()).toEqual(before)
  await page.mouse.move(5, 5)
  await page.mouse.up()
  await expect(page.locator(cards)).toHaveCount(2)
  await expect(page.locator(`${cards} h2`).first()).toHaveText('Mill 3: overstrain likely')
  await expect(page.locator(cards).nth(1).getByRole('button', { name: 'Acknowledge' })).toBeFocused()
})

test('the focus stays in the list where its card goes away', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain(), heat()] })
  await page.getByRole('button', { name: 'Escalate' }).first().focus()
  fake.change('a-overstrain', { state: 'normal' })
  await expect(page.locator(cards)).toHaveCount(1)
  await expect(page.getByRole('region', { name: 'Active alerts' })).toBeFocused()
})

test('cleared before anybody saw it: dashed, and acknowledging takes it away', async ({ open }) => {
  const { page } = await open({
    alerts: [{ ...overstrain(), state: 'returned-unacknowledged', clearedAt: '2026-11-24T14:31:00Z' }],
  })
  await expect(page.locator('.plate.returned')).toContainText('Cleared, not seen')
  await expect(page.getByRole('article')).toContainText('Cleared by itself 14:31.')
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(page.getByRole('heading', { name: 'No active alerts.' })).toBeVisible()
})

test('past due says so', async ({ open }) => {
  const { page } = await open({ alerts: [{ ...overstrain(), respondBy: '2026-11-24T14:30:00Z' }] })
  await expect(page.locator('.plate')).toContainText(/2:\d\doverdue/)
})

test('an alert that somebody else changed is shown as it now stands', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  const button = page.getByRole('button', { name: 'Acknowledge' })
  // Somebody was quicker by so little that only the refusal tells.
  fake.before('/acknowledge', () =>
    fake.alerts.set('a-overstrain', {
      ...overstrain(),
      state: 'acknowledged',
      acknowledgedAt: '2026-11-24T14:32:00Z',
      acknowledgedBy: 'P. Nowak',
    }),
  )
  await button.click()
  await expect(page.getByText('Its state has changed meanwhile. This is how it stands now.')).toBeVisible()
  await expect(page.getByRole('article')).toContainText('Acknowledged 14:32, P. Nowak.')
})

test('a touch that fails says why and changes nothing', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  fake.trouble.set('/acknowledge', { status: 507, code: 'journal-unwritable' })
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(page.getByRole('article').getByRole('alert')).toContainText('this was made to go wrong')
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toBeVisible()
})

test('nothing to do looks like it, and says that it is looking', async ({ open }) => {
  const { page } = await open({ alerts: [] })
  await expect(page.getByRole('heading', { name: 'No active alerts.' })).toBeVisible()
  await expect(page.getByText(/^Last reading \d\.\d s ago\.$/)).toBeVisible()
  await expect(page.locator('.counts svg.shape:not(.none)')).toHaveCount(0)
  await expectAccessible(page)
})

test('old data never looks normal', async ({ open }) => {
  const { page } = await open({ alerts: [], silentMs: 42_000 })
  await expect(page.getByRole('heading', { name: /^Data 4\d s old$/ })).toBeVisible()
  await expect(page.getByText('No active alerts.')).toBeHidden()
  await expect(page.locator('.strip .hatched')).toHaveText(/^4\d s ago$/)
  await expect(page.locator('table.now .hatched')).toHaveCount(5)
  await expect(page.getByRole('img', { name: /No data from 14:31:2\d to 14:32/ })).toBeVisible()
  await expectAccessible(page)
})

test('a card of an asset that was silent before the page was opened says how old its data is', async ({
  open,
}) => {
  const { page } = await open({ alerts: [overstrain()], silentMs: 42_000 })
  await expect(page.locator('.do .hatched')).toHaveText(/^Raised .* by 1\.0\.4, data 4\d s old$/)
})

test('data that stops coming is marked once it is over its limit', async ({ open }) => {
  const { page, fake } = await open({ alerts: [] })
  await expect(page.getByRole('heading', { name: 'No active alerts.' })).toBeVisible()
  fake.status = { staleAfterMs: 2000 }
  fake.silence()
  fake.pass(2600)
  await expect(page.getByRole('heading', { name: /^Data [23]\.\d s old$/ })).toBeVisible()
})

test('a lost link is said over the strip, and mends by itself with what happened meanwhile', async ({
  open,
}) => {
  const { page, fake } = await open({ alerts: [heat()] })
  await expect(page.locator(cards)).toHaveCount(1)
  await expectDrawn(page)
  const place = await page.locator(cards).boundingBox()
  fake.disconnect()
  const banner = page.getByRole('alert').filter({ hasText: 'Connection to the runtime lost.' })
  await expect(banner).toContainText(/What you see is \d+(\.\d)? s old\./)
  expect(await page.locator(cards).boundingBox()).toEqual(place)
  await expectAccessible(page)
  fake.alerts.set('a-overstrain', overstrain())
  fake.reconnect()
  await expect(banner).toBeHidden()
  await expect(page.locator(cards)).toHaveCount(2)
})

test('"AI stopped" stands above everything, with the reason', async ({ open }) => {
  const model = milling()
  model.slots.running!.lane = { state: 'failed', reason: 'it ended 3 times in a row with exit code 139' }
  const { page, fake } = await open({ alerts: [overstrain()], models: [model] })
  const stopped = page.locator('.stopped')
  await expect(stopped).toContainText('AI stopped. Follow the manual procedure.')
  await expect(stopped).toContainText('Version 1.0.4: it ended 3 times in a row with exit code 139')
  expect(await stopped.boundingBox()).toMatchObject({ x: 0, y: 0, width: 1280 })
  await expectAccessible(page)
  await expectNothingClipped(page)
  fake.models = [milling()]
  await expect(stopped).toBeHidden()
})

test('a lane that starts again is not "stopped" before five seconds', async ({ open }) => {
  const model = milling()
  model.slots.running!.lane = { state: 'restarting', reason: 'exit code 139', crashes: 1 }
  const { page, fake } = await open({ alerts: [overstrain()], models: [model] })
  await expect(page.locator(cards)).toHaveCount(1)
  fake.pass(4000)
  await expect(page.locator('.stopped')).toHaveCount(0)
  fake.pass(2100)
  await expect(page.locator('.stopped')).toContainText('Version 1.0.4 is being started again: exit code 139')
})

test('without a model it says what to do', async ({ open }) => {
  const { page, fake } = await open({ alerts: [], models: [] })
  await expect(page.getByRole('heading', { name: 'No model is installed.' })).toBeVisible()
  await expect(page.getByText(`edgewright install FILE.ewp --edge ${fake.url}`)).toBeVisible()
  await expectAccessible(page)
})

test('a flood is grouped by cause, nothing is lost, and a group is acknowledged at once', async ({
  open,
}) => {
  const { page, fake } = await open({ alerts: flood(213) })
  await expect(page.getByRole('heading', { name: 'Flood: 214 alerts in 10 min, 3 causes' })).toBeVisible()
  await expect(page.locator('.flood li')).toHaveCount(3)
  await expect(page.locator('.flood b')).toHaveText(['1', '27', '186'])
  await expectAccessible(page)
  await expectTouchable(page)
  await page.getByRole('button', { name: 'Acknowledge all 27' }).click()
  await expect(page.locator('.flood li').nth(1).locator('.plate.acked')).toBeVisible()
  await expect
    .poll(() => [...fake.alerts.values()].filter(({ state }) => state === 'acknowledged').length)
    .toBe(27)
  await page.getByRole('button', { name: 'Show each' }).click()
  await expect(page.locator(cards)).toHaveCount(50)
  await expect(page.getByText('164 more alerts, less urgent than these.')).toBeVisible()
})

test('1,000 alerts in a burst: none is lost and the page still answers', async ({ open }) => {
  const { page, fake } = await open({ alerts: [] })
  await expect(page.getByRole('heading', { name: 'No active alerts.' })).toBeVisible()
  for (const alert of flood(999)) {
    fake.alerts.set(alert.id, alert)
    fake.send('alert', alert)
  }
  await expect(page.getByRole('heading', { name: 'Flood: 1000 alerts in 10 min, 3 causes' })).toBeVisible()
  await page.getByRole('button', { name: 'Dark' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('signing in: the code leaves the address at once, and works once', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()], signedOut: true })
  await expect(page.getByRole('heading', { name: 'You are not signed in.' })).toBeVisible()
  await expect(page.getByText('edgewright link --data DIR')).toBeVisible()
  await expectAccessible(page)
  // A link opened in a tab that already shows the console changes only the fragment.
  await page.goto(`${fake.url}/#code=bad`)
  await expect(
    page.getByText('This sign-in link was used before, or is not from this machine.'),
  ).toBeVisible()
  expect(page.url()).toBe(`${fake.url}/`)
  await page.goto(`${fake.url}/#code=good`)
  await expect(page.locator(cards)).toHaveCount(1)
  expect(page.url()).toBe(`${fake.url}/`)
})

test('an answer that does not fit its contract is said, with a way to try again', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  fake.trouble.set('/api/alerts', { body: '{"alerts": [{"id": 7}], "next": null}' })
  await page.reload()
  await expect(page.getByText('The answer of the runtime does not fit this page.')).toBeVisible()
  fake.trouble.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator(cards)).toHaveCount(1)
})

test('an event that does not fit its contract is said too', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  await expect(page.locator(cards)).toHaveCount(1)
  const words = 'The runtime says something that this page does not understand.'
  fake.sendRaw('event: alert\ndata: {"id": 7}\n\n')
  await expect(page.getByRole('alert').filter({ hasText: words })).toBeVisible()
})

test('a runtime that does not answer is said, and the page comes by itself', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  fake.trouble.set('/api/status', { status: 500, code: 'internal' })
  await page.reload()
  await expect(page.getByRole('heading', { name: 'The runtime cannot be reached.' })).toBeVisible()
  fake.trouble.clear()
  await expect(page.locator(cards)).toHaveCount(1)
})

test('a spinner ends with a reason and a way to try again', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()] })
  fake.trouble.set('/api/alerts', 'hang')
  // The browser's own clock of a request runs at nobody's word: ten seconds are over when the test says so.
  await page.addInitScript(() => {
    const ends: (() => void)[] = []
    AbortSignal.timeout = (ms) => {
      const limit = new AbortController()
      if (ms === 10_000) ends.push(() => limit.abort(new DOMException('over', 'TimeoutError')))
      return limit.signal
    }
    Object.assign(window, { tenSecondsPass: () => ends.splice(0).forEach((end) => void end()) })
  })
  await page.reload()
  await expect(page.getByText('Loading …').first()).toBeVisible()
  await page.evaluate(() => (window as unknown as { tenSecondsPass: () => void }).tenSecondsPass())
  await expect(page.getByText('The runtime did not answer within 10 s.')).toBeVisible()
  fake.trouble.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator(cards)).toHaveCount(1)
})
