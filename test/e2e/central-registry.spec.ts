import { expect, test } from '#support/central-page.ts'

test('the registry lists models, what waits for whom, and when metadata end', async ({ open }) => {
  const { page } = await open({ path: '/registry' })
  const waits = page.locator('section').filter({ hasText: 'Bring a signed file back' })
  await expect(waits).toContainText('1 of 2 needed: A. Berg; not yet: M. Sato, T. Okafor')
  await expect(waits).toContainText('adds milling 1.3.0')
  await expect(waits.getByRole('link', { name: 'Download the file to sign' })).toHaveAttribute(
    'href',
    '/api/registry/signing/file',
  )
  const models = page.getByRole('table', { name: 'Models' })
  await expect(models.getByRole('row').nth(1)).toContainText('1.2.0')
  await expect(models.getByRole('row').nth(1)).toContainText('production')
  await expect(page.getByText('timestamp, issue 318: good for 2 days')).toBeVisible()
})

test('a package goes up with its progress, and the next steps are said', async ({ open }) => {
  const { page, fake } = await open({ path: '/registry' })
  await page.getByRole('button', { name: 'Upload a package' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Family').selectOption('presses')
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    dialog.getByRole('button', { name: 'Choose a package' }).click(),
  ])
  await chooser.setFiles({ name: 'x.ewp', mimeType: 'application/zip', buffer: Buffer.alloc(70_000, 7) })
  await expect(page.getByRole('dialog', { name: 'milling 1.4.0 is proposed' })).toBeVisible()
  await expect(page.getByText('What waits has changed: A. Berg must sign anew.')).toBeVisible()
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Download' })).toHaveAttribute(
    'href',
    '/api/registry/signing/file?role=models-presses',
  )
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({
      ...{ method: 'PUT', path: '/api/registry/packages', body: { bytes: 70_000 } },
    })
})

test('a refused package says why, and a signed file that comes back publishes', async ({ open }) => {
  const { page, fake } = await open({ path: '/registry' })
  fake.trouble.set('/api/registry/packages', { code: 'registry-refused' })
  await page.getByRole('button', { name: 'Upload a package' }).click()
  await page
    .getByRole('dialog')
    .locator('input[type=file]')
    .setInputFiles({ name: 'x.ewp', mimeType: 'application/zip', buffer: Buffer.alloc(10) })
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('made to go wrong')
  await page.getByRole('button', { name: 'Cancel' }).click()
  const file = page.locator('.bring input[type=file]')
  await file.setInputFiles({ name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('no') })
  await expect(page.getByText('wrong.txt is no signing file.')).toBeVisible()
  await file.setInputFiles({
    name: 'to-sign.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"format":1}'),
  })
  await expect(page.getByText('models-milling: signed by T. Okafor')).toBeVisible()
  await expect(page.getByText('Published: models-milling')).toBeVisible()
  await expect(page.getByText('Nothing waits.')).toBeVisible()
})

test('versions say their state and why; an alias moves with a reason', async ({ open }) => {
  const { page, fake } = await open({ path: '/registry/milling' })
  const versions = page.getByRole('table', { name: 'Versions' })
  for (const [version, words] of [
    ['1.3.0', 'waits for signatures'],
    ['1.0.4', 'deprecated'],
    ['1.0.3', 'Torque was read in the wrong unit'],
  ])
    await expect(versions.getByRole('row').filter({ hasText: version! })).toContainText(words!)
  await page.getByRole('button', { name: 'Move production' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Points to').selectOption('1.1.0')
  await dialog.getByRole('button', { name: 'Point it to 1.1.0' }).click()
  const aliases = page.getByRole('table', { name: 'Aliases' })
  await expect(aliases.getByRole('row').filter({ hasText: 'production' })).toContainText('1.1.0')
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({
      ...{ method: 'PUT', path: '/api/registry/models/milling/aliases/production' },
      body: { version: '1.1.0', reason: 'The rollout is done' },
    })
  await page.getByRole('button', { name: 'Show the moves so far' }).click()
  await expect(page.getByText('1.0.4 → 1.1.0')).toBeVisible()
})

test('who may not publish changes nothing, and production is an approver’s', async ({ open }) => {
  const { page } = await open({ path: '/registry/milling', roles: ['viewer', 'publisher'] })
  await expect(page.getByRole('button', { name: 'Move staging' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Move production' })).toHaveCount(0)
  const viewer = await open({ path: '/registry', roles: ['viewer'] })
  await expect(viewer.page.getByRole('table', { name: 'Models' })).toBeVisible()
  await expect(viewer.page.getByRole('button', { name: 'Upload a package' })).toHaveCount(0)
  await expect(viewer.page.getByRole('button', { name: 'Bring a signed file back' })).toHaveCount(0)
})

test('a version shows what it came from and its card, of which nothing runs', async ({ open }) => {
  const { page, fake } = await open({ path: '/registry/milling/1.2.0' })
  await expect(page.getByText('AI4I 2020, sha256 5b1d…, split by machine')).toBeVisible()
  const card = page.locator('.markdown')
  await expect(card.getByRole('heading', { name: 'Milling failure' })).toBeVisible()
  await expect(card.getByRole('cell', { name: '0.91' })).toBeVisible()
  await expect(card.getByText('not <script>alert(1)</script>')).toBeVisible()
  expect(await card.locator('script').count()).toBe(0)
  await page.getByRole('button', { name: 'Deprecate' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Must not be started from').fill('2026-12-18')
  await dialog.getByRole('button', { name: 'Deprecate it' }).click()
  await expect(page.getByRole('button', { name: 'Take deprecation back' })).toBeVisible()
  await expect
    .poll(() => fake.asked.at(-1)?.body)
    .toEqual({
      ...{
        deprecated: true,
        reason: 'A newer version takes its place',
        retireAt: '2026-12-18T00:00:00.000Z',
      },
    })
})

test('who answers for a model is edited in lines, with a reason', async ({ open }) => {
  const { page, fake } = await open({ path: '/registry/milling' })
  const panel = page.locator('section').filter({ hasText: 'Who answers for it' })
  await expect(panel).toContainText('As the manifest of 1.2.0 says.')
  await panel.getByRole('button', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Accountable').fill('C. Lund <no')
  await dialog.getByLabel('Accountable').fill('C. Lund <lund@example.com>\n')
  await dialog.getByLabel('Consulted').fill('D. Roy\nE. Kim <+45 1>')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(panel).toContainText('As edited here.')
  await expect(panel).toContainText('Somebody else took over')
  await expect
    .poll(() => fake.asked.at(-1)?.body)
    .toMatchObject({
      raci: {
        accountable: { name: 'C. Lund', contact: 'lund@example.com' },
        consulted: [{ name: 'D. Roy' }, { name: 'E. Kim', contact: '+45 1' }],
      },
    })
})
