import { expect, test } from '#support/central-page.ts'

test('the open answer shows what the model was given, exactly, and what stayed there', async ({ open }) => {
  const { page } = await open({ path: '/feedback' })
  const item = page.getByRole('region', { name: 'The open answer' })
  await expect(item.getByRole('heading', { name: 'Failure ahead' })).toBeVisible()
  const served = item.getByRole('table', { name: 'What the model was given' })
  const row = (name: string) => served.getByRole('row').filter({ hasText: name })
  await expect(row('Air temperature').getByRole('cell')).toHaveText(['303.15000000000003', 'K'])
  await expect(row('Speed').getByRole('cell').first()).toHaveText('missing')
  await expect(row('Tool wear').getByRole('cell')).toHaveText(['withheld: stays on the machine'])
  await expect(row('operator').getByRole('cell').nth(1)).toHaveText('a pseudonym')
  await expect(item.getByText('Tool was worn, changed it')).toBeVisible()
  await expect(item).toContainText('82\u00a0%')
})

test('one key each accepts, excludes, corrects and takes back', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback' })
  const queue = page.getByRole('region', { name: 'Answers' })
  const state = page.getByLabel('State')
  await expect(state.locator('option:checked')).toHaveText('open (12)')
  const current = queue.locator('[aria-current]')
  // While an answer is under way, no key acts.
  const isIdle = () => expect(page.locator('.verdicts [aria-busy]')).toHaveCount(0)
  await expect(current).toContainText('Real, acted')
  await expect(page.getByRole('region', { name: 'The open answer' })).toContainText('Real, acted')
  await page.keyboard.press('a')
  await expect(current).toContainText('False')
  await expect(state.locator('option:checked')).toHaveText('open (11)')
  await expect(page.getByRole('region', { name: 'The open answer' }).locator('.lead')).toContainText('False')
  await isIdle()
  await page.keyboard.press('c')
  await expect(page.getByLabel('Another word')).toBeFocused()
  // Letters are letters while somebody types.
  await page.keyboard.type('axu')
  await page.keyboard.press('Enter')
  await expect(state.locator('option:checked')).toHaveText('open (10)')
  await expect(page.getByRole('region', { name: 'The open answer' }).locator('.lead')).toContainText('known')
  await isIdle()
  await page.keyboard.press('u')
  await expect(state.locator('option:checked')).toHaveText('open (11)')
  await expect(current).toContainText('False')
  await expect
    .poll(() => fake.asked.map(({ path, body }) => [path, body]))
    .toEqual([
      ['/api/feedback/1/review', { state: 'accepted' }],
      ['/api/feedback/2/review', { state: 'corrected', label: 'axu' }],
      ['/api/feedback/2/review', { state: 'open' }],
    ])
  await page.getByRole('button', { name: /^Keys A, C, X, U/ }).click()
  await page.keyboard.press('x')
  await page.getByRole('button', { name: 'Keys are off' }).click()
  await expect.poll(() => fake.asked).toHaveLength(3)
})

test('filters stand in the address, and an answer without its reading says why', async ({ open }) => {
  const { page } = await open({ path: '/feedback?answer=unsure' })
  await expect(page.getByText('this one was gone when it was answered')).toBeVisible()
  await expect(page.getByText('The machine did not send the decision.')).toBeVisible()
  await page.getByRole('combobox', { name: 'Answer' }).selectOption('bad-data')
  await expect(page).toHaveURL(/answer=bad-data/)
  await expect(page.getByText('The torque sensor hung')).toBeVisible()
})

test('a viewer looks, and changes nothing', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback', roles: ['viewer'] })
  await expect(page.getByRole('heading', { name: 'Failure ahead' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Accept' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Export' })).toHaveCount(0)
  await page.keyboard.press('a')
  await page.keyboard.press('j')
  await expect(page.getByRole('region', { name: 'Answers' }).locator('[aria-current]')).toContainText('False')
  await expect.poll(() => fake.asked).toEqual([])
})

test('training data are exported in a format and an extent', async ({ open }) => {
  const { page } = await open({ path: '/feedback' })
  await page.getByRole('combobox', { name: 'Answer' }).selectOption('false')
  await expect(page).toHaveURL(/answer=.*false/)
  await page.reload()
  await page.getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Format').selectOption('parquet')
  await dialog.getByLabel('Which').selectOption('all')
  await dialog.getByLabel('Answered from').fill('2026-11-01')
  await expect(dialog.getByText('Within the filter: False.')).toBeVisible()
  const link = dialog.getByRole('link', { name: 'Download' })
  await expect(link).toHaveAttribute('download', 'feedback.parquet')
  const query = new URL((await link.getAttribute('href'))!, 'http://x').searchParams
  expect(Object.fromEntries(query)).toEqual({
    ...{ format: 'parquet', answer: 'false', all: 'true', from: '2026-11-01T00:00:00.000Z' },
  })
})

test('a retraining request is taken, linked and done; one can be asked for', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback' })
  await page.getByRole('link', { name: 'Retraining' }).click()
  const row = page.getByRole('row').filter({ hasText: 'null-torque' })
  await expect(row).toContainText('Guardrail null-torque fired 4 times')
  await expect(row).toContainText('null-rate (torque): 11\u00a0%, limit 5.0\u00a0%, n = 3,600')
  await expect(row).toContainText('late')
  await row.getByRole('button').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Where it is worked on').fill('https://tickets.example/T-9')
  await dialog.getByRole('button', { name: 'Take it' }).click()
  await expect(row).toContainText('in progress')
  await expect
    .poll(() => fake.asked.at(-1)?.body)
    .toEqual({
      ...{ state: 'in-progress', owner: 'M. Sato', link: 'https://tickets.example/T-9' },
    })
  await row.getByRole('button').click()
  await dialog.getByLabel('Version that came of it').fill('1.2.0')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(row).toHaveCount(0)
  await page.getByRole('button', { name: 'Ask for retraining' }).click()
  await dialog.getByLabel('Why?').fill('New tools since October')
  await dialog.getByRole('button', { name: 'Ask for retraining' }).click()
  await expect(page.getByRole('cell', { name: 'New tools since October' })).toBeVisible()
})

test('a comment goes with the next verdict, and stays when it is decided anew', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback' })
  const item = page.getByRole('region', { name: 'The open answer' })
  await item.getByRole('button', { name: 'Add a comment' }).click()
  await page.keyboard.type('Tool 7, seen on site')
  await item.getByRole('button', { name: /^Exclude/ }).click()
  await expect(item.locator('.lead')).toContainText('False')
  // The next one begins without it.
  await expect(item.getByRole('textbox')).toHaveCount(0)
  await page.getByLabel('State').selectOption('excluded')
  await expect(item).toContainText('(Tool 7, seen on site)')
  await expect(item.locator('.verdicts [aria-busy]')).toHaveCount(0)
  await item.getByRole('button', { name: /^Accept/ }).click()
  await expect
    .poll(() => fake.asked.map(({ body }) => body))
    .toEqual([
      { state: 'excluded', comment: 'Tool 7, seen on site' },
      { state: 'accepted', comment: 'Tool 7, seen on site' },
    ])
})

test('a model is trained by schedule: set, changed, ended', async ({ open }) => {
  const { page, fake } = await open({ path: '/feedback/retraining' })
  const row = page.getByRole('table', { name: 'By schedule' }).getByRole('row').filter({ hasText: 'milling' })
  await expect(row).toContainText('Every 90 days')
  await row.getByRole('button', { name: 'Change the schedule of milling' }).click()
  const dialog = page.getByRole('dialog')
  const days = dialog.getByLabel('Every so many days')
  await days.fill('0')
  await expect(dialog.getByText('A whole number from 1 to 3650.')).toBeVisible()
  await days.fill('30')
  await dialog.getByRole('button', { name: 'Set it' }).click()
  await expect(row).toContainText('Every 30 days')
  await row.getByRole('button', { name: 'Change the schedule of milling' }).click()
  await dialog.getByRole('button', { name: 'End it' }).click()
  await expect(page.getByText('No model is trained anew by schedule.')).toBeVisible()
  await page.getByRole('button', { name: 'Set a schedule' }).click()
  await days.fill('60')
  await dialog.getByRole('button', { name: 'Set it' }).click()
  await expect(row).toContainText('Every 60 days')
  await expect
    .poll(() => fake.asked.map(({ method, body }) => [method, body]))
    .toEqual([
      ['PUT', { everyDays: 30 }],
      ['PUT', { everyDays: null }],
      ['PUT', { everyDays: 60 }],
    ])
})
