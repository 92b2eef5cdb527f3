import { expect, expectAccessible, expectDialogAccessible, test } from '#support/central-page.ts'
import { earlyRollout, waitingRollout } from '#support/fake-rollout.ts'

test('the fleet shows how far the rollout is, and what would stop it', async ({ open }) => {
  const { page } = await open()
  await expect(page.getByText('Rollout of milling 1.1.0')).toBeVisible()
  await expect(page.getByText('18 of 24')).toBeVisible()
  for (const words of ['stop at 2', '+7 %', 'stop at ±20 %', '11 h', 'go on at 24 h'])
    await expect(page.getByText(words.replace(/ %/, '\u00a0%'))).toBeVisible()
  await expect(page.getByText('golden vectors differ').first()).toBeVisible()
})

test('two presses pause it, from the first screen on', async ({ open }) => {
  const { page, fake } = await open()
  await page.getByRole('button', { name: 'Pause' }).click()
  await expectDialogAccessible(page)
  await page.getByRole('button', { name: 'Pause the rollout' }).click()
  await expect(page.getByText('Paused, M. Sato')).toBeVisible()
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({
      ...{ method: 'POST', path: '/api/rollouts/7/pause', body: { reason: 'To look at something first' } },
    })
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('button', { name: 'Resume the rollout' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
})

test('abort asks whether machines go back, and needs a reason', async ({ open }) => {
  const { page, fake } = await open({ path: '/rollouts/7' })
  await page.getByRole('button', { name: 'Abort' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: 'Machines that already run it go back' }).click()
  await dialog.getByRole('button', { name: 'The version is not good enough' }).click()
  const go = dialog.getByRole('button', { name: 'Abort the rollout' })
  await expect(go).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel('In your own words').fill('Torque reads high')
  await go.click()
  await expect(page.getByText('Aborted, M. Sato')).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)?.body).toEqual({ reason: 'Torque reads high', takeBack: true })
})

test('a second person approves; who proposed it is told that somebody else must', async ({ open }) => {
  const own = await open({ path: '/rollouts/8', rollouts: [waitingRollout()] })
  await expect(own.page.getByText('You proposed it: somebody else approves.')).toBeVisible()
  const other = { ...waitingRollout(), proposedBy: 'T. Okafor' }
  const { page, fake } = await open({ path: '/rollouts/8', rollouts: [other] })
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('Being signed and assigned')).toBeVisible()
  await expect.poll(() => fake.asked.at(-1)?.body).toEqual({ reason: 'Looked at, it can go on', group: null })
})

test('machines of a rollout are listed by group and state, with their reasons', async ({ open }) => {
  const { page } = await open({ path: '/rollouts/7' })
  const table = page.getByRole('table', { name: 'Machines' })
  await expect(table).toHaveAttribute('aria-rowcount', '29')
  await page.getByLabel('State').selectOption('any-failed')
  await expect(table).toHaveAttribute('aria-rowcount', '2')
  await expect(table.getByText('golden vectors differ')).toBeVisible()
})

test('a rollout is proposed: what lacks is said in words, the server gets numbers', async ({ open }) => {
  const { page, fake } = await open({ path: '/rollouts' })
  await page.getByRole('link', { name: 'New rollout' }).click()
  await page.getByRole('button', { name: 'Propose the rollout' }).click()
  const lacks = page.getByRole('alert').filter({ hasText: 'Not yet' })
  await expect(lacks.getByRole('listitem')).toHaveText(['Choose a model.', 'Choose a version.', 'Say why.'])
  await page.getByLabel('Model').selectOption('milling')
  await page.getByLabel('Version').selectOption('1.2.0')
  await page.getByLabel('Why?').fill('Fewer false alerts')
  const canary = page.getByRole('group', { name: 'Group 1' })
  await expect(canary.getByText('12 machines fit now')).toBeVisible()
  await canary.getByRole('button', { name: 'brno' }).click()
  await expect(canary.getByText('2 machines fit now')).toBeVisible()
  await canary.getByLabel('Soak, hours').fill('x')
  await expect(lacks.getByRole('listitem')).toHaveText([
    'Canary: The soak time is a number of hours, at most 720.',
  ])
  await expectAccessible(page)
  await canary.getByLabel('Soak, hours').fill('0.5')
  await page.getByRole('group', { name: 'Group 2' }).getByRole('button', { name: 'Remove the group' }).click()
  await page.getByRole('button', { name: 'Propose the rollout' }).click()
  await expect(page.getByRole('heading', { name: 'Rollout of milling 1.2.0' })).toBeVisible()
  await expect
    .poll(() => fake.asked.filter(({ path }) => path === '/api/rollouts').at(-1)?.body)
    .toEqual({
      ...{
        model: 'milling',
        version: '1.2.0',
        approvals: 1,
        activate: 'at-once',
        reason: 'Fewer false alerts',
      },
      groups: [
        {
          ...{ name: 'Canary', choose: { sites: ['brno'], percent: 5 } },
          gate: { ...gate, soakMin: 30, maxFailures: 1 },
        },
        { name: 'Rest', choose: {}, gate: { ...gate, soakMin: 1440, maxFailures: 2 } },
      ],
    })
})

const gate = { minimumN: 1, alertsAgainst: { percent: 20, minimumReadings: 1000 }, approvals: 0 }

test('a halted rollout stands first, and says why it stopped and whom it waits for', async ({ open }) => {
  const reason = '2 of 24 failed'
  const halted = {
    ...earlyRollout(),
    state: { state: 'halted', since: '2026-11-24T14:00:00Z', group: 1, reason } as const,
  }
  const { page } = await open({ rollouts: [waitingRollout(), halted] })
  await expect(page.getByText('Stopped by its gate: 2 of 24 failed')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible()
  await page.getByRole('link', { name: 'Rollout of milling 1.1.0' }).click()
  await expect(page.getByText('For somebody to look at it, and to resume or abort it.')).toBeVisible()
})

test('the list says of a rollout what its own page says, and of one that is over that nothing is at work', async ({
  open,
}) => {
  const early = earlyRollout()
  const over = { since: early.createdAt, group: 1, reason: 'Torque reads high', by: 'M. Sato' }
  const aborted = {
    ...early,
    id: 6,
    state: { state: 'aborted' as const, ...over, takeBack: false, settled: true },
  }
  const { page } = await open({ path: '/rollouts', rollouts: [early, aborted] })
  const row = (id: number) =>
    page.getByRole('row').filter({ has: page.locator(`a[href$="/rollouts/${id}"]`) })
  await expect(row(7)).toContainText('at work: Early')
  await expect(row(7)).toContainText('96 wait')
  await expect(row(6)).toContainText('18 of 24')
  await expect(row(6)).toContainText('not begun')
  await expect(row(6)).not.toContainText('at work')
  await expect(row(6)).not.toContainText('wait')
  await page.goto(page.url().replace('/rollouts', '/rollouts/6'))
  await expect(page.getByText('not begun')).toHaveCount(2)
  await expect(page.getByText('at work:')).toHaveCount(0)
  await expect(page.getByText('M. Sato: Rollout proposed')).toBeVisible()
})
