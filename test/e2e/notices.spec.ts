import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  test,
} from '#support/console-page.ts'
import { noticeAlert } from '#support/fake-alerts.ts'
import { overstrain, sceneStartMs } from '#support/fake-scene.ts'
import { swapping } from '#support/fake-slots.ts'

const words = {
  en: {
    title: 'Milling failure: The copy of version 1.1.0 is damaged',
    consequence: 'After a restart it could not be loaded again.',
    why: 'Why',
    acknowledge: 'Acknowledge',
    action: 'Install the same package again.',
    owner: 'K. Lindqvist owns this model.',
    nothingOut: 'No single input stands out',
    unmeasured: 'Not yet measured here',
  },
  de: {
    title: 'Fräsausfall: Die Kopie der Version 1.1.0 ist beschädigt',
    consequence: 'Nach einem Neustart ließe sie sich nicht wieder laden.',
    why: 'Warum',
    acknowledge: 'Quittieren',
    action: 'Dasselbe Paket noch einmal einspielen.',
    owner: 'Verantwortlich für dieses Modell: K. Lindqvist.',
    nothingOut: 'Keine einzelne Größe fällt auf',
    unmeasured: 'Hier noch nicht gemessen',
  },
} as const

for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`a notice about a version says what is wrong with it, and asks for no answer, ${language}`, async ({
    open,
  }) => {
    const say = words[language]
    const { page } = await open({ alerts: [noticeAlert()], models: [swapping()], language, scheme })
    const card = page.getByRole('article')
    await expect(card.getByRole('heading')).toHaveText(say.title)
    await expect(card).toContainText('sha256 of model.onnx differs from what was installed')
    await expect(card).toContainText(say.consequence)
    await expect(card).not.toContainText(say.nothingOut)
    await expect(card).not.toContainText(say.unmeasured)
    // The live values below are those of the line, not of an asset called as the model is.
    await expect(page.getByRole('table', { name: /Mill 1/ })).toBeVisible()
    await expectAccessible(page)
    await expectNothingClipped(page)

    await card.getByRole('link').click()
    const main = page.getByRole('main')
    await expect(main.getByRole('heading', { level: 1 })).toHaveText(say.title)
    await expect(main.getByRole('heading', { name: say.why })).toBeVisible()
    await expect(main.getByText('sha256 of model.onnx')).toHaveCount(2)
    await expect(main).toContainText(say.action)
    await expect(main).toContainText(say.owner)
    await expect(main).not.toContainText(say.nothingOut)
    await expect(page.locator('.trend, #feedback, .sure')).toHaveCount(0)
    await main.getByRole('button', { name: say.acknowledge }).click()
    await expect(main.getByRole('button', { name: say.acknowledge })).toHaveCount(0)
    await expect(page.locator('#feedback')).toHaveCount(0)
    await expectAccessible(page)
    await expectTouchable(page)
    await expectNothingClipped(page)
  })

test('one that is over tells what came of it in Recent, where nobody is asked what it was', async ({
  open,
}) => {
  const clearedAt = new Date(sceneStartMs - 60_000).toISOString()
  const over = {
    ...noticeAlert('taken-back'),
    state: 'normal' as const,
    acknowledgedAt: clearedAt,
    clearedAt,
  }
  const ended = { ...overstrain(), state: 'normal' as const, acknowledgedAt: clearedAt, clearedAt }
  const { page } = await open({ path: '/recent', alerts: [over, ended], models: [swapping()] })
  const rows = page.getByRole('main').getByRole('listitem')
  const notice = rows.filter({ hasText: 'Milling failure: Version 1.1.0 was taken back by itself' })
  await expect(notice).toContainText('Version 1.0.4 answers since.')
  await expect(notice).not.toContainText('Not answered yet')
  await expect(notice.getByRole('link', { name: 'What was it?' })).toHaveCount(0)
  await expect(rows.getByRole('link', { name: 'What was it?' })).toHaveCount(1)
  await expectAccessible(page)
})

test('on the shelf it is called by the model’s title', async ({ open }) => {
  const shelved = {
    until: new Date(sceneStartMs + 600_000).toISOString(),
    reason: 'disk ordered',
    by: 'operator',
  }
  const { page } = await open({ path: '/shelved', alerts: [{ ...noticeAlert(), state: 'shelved', shelved }] })
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toHaveText(words.en.title)
  await expectAccessible(page)
})
