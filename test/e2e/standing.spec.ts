import { expect, expectAccessible, expectDrawn, expectNothingClipped, test } from '#support/console-page.ts'
import { guardrailAlert, ruleAlert } from '#support/fake-alerts.ts'
import { overstrain } from '#support/fake-scene.ts'
import { byRules, inCanary, inShadow, onTrial, swapping, takenBack } from '#support/fake-slots.ts'

test('Now says in words which version answers, and nothing moves when that changes', async ({ open }) => {
  const { page, fake } = await open({ alerts: [overstrain()], models: [swapping()] })
  const line = page.locator('.model-state')
  await expect(line).toHaveText('Milling failure 1.0.4 answers all readings.')
  await expectDrawn(page)
  const place = await page.locator('article.alert').boundingBox()
  for (const [model, words] of [
    [onTrial(), 'Milling failure 1.1.0 is on trial until 14:36. 1.0.4 stays ready.'],
    [inShadow(), 'Milling failure: 1.1.0 runs in shadow and is only compared; 1.0.4 answers.'],
    [inCanary(), 'Milling failure: 1.1.0 answers for 10 % of the assets, 1.0.4 for the others.'],
    [
      takenBack(),
      '1.1.0 was taken back at 14:02 by the guardrail “Readings without an answer”: 12 % of 250 readings in 5 min. 1.0.4 answers.',
    ],
    [byRules(), 'Milling failure: the model does not answer; simple rules do.'],
  ] as const) {
    fake.putModel(model)
    await expect(line).toHaveText(words)
    expect(await page.locator('article.alert').boundingBox()).toEqual(place)
    await expectNothingClipped(page)
  }
  await expect(page.getByRole('banner')).toContainText('Milling failure, by rules')
  await expect(page.locator('.stopped')).toHaveCount(0)
  await expectAccessible(page)
})

test('a model that was withdrawn without rules is "AI stopped"', async ({ open }) => {
  const model = swapping()
  const why = 'taken out by T. Okafor'
  model.slots.running!.deployment = {
    state: 'withdrawn',
    since: '2026-11-24T14:30:00Z',
    by: 'T. Okafor',
    reason: 'wrong',
  }
  const { page } = await open({ models: [{ ...model, answeredBy: 'nobody', why }] })
  await expect(page.locator('.stopped')).toContainText('AI stopped. Follow the manual procedure.')
  await expect(page.locator('.stopped')).toContainText(`Version 1.0.4 was withdrawn: ${why}`)
})

test('the alert of a guardrail is about the model, with its figures and who decided', async ({ open }) => {
  const { page } = await open({ alerts: [guardrailAlert()], models: [takenBack()] })
  const card = page.getByRole('article')
  await expect(card.getByRole('heading')).toHaveText('Milling failure: Readings without an answer')
  await expect(card).toContainText('12 % of 250 readings in 5 min')
  await expect(card).toContainText('Decided by K. Lindqvist.')
  await expect(page.getByRole('table', { name: /now$/ })).toBeVisible()
  await expectAccessible(page)
  await card.getByRole('link').click()
  const why = page.getByRole('main')
  await expect(why).toContainText('12 %, n = 250')
  await expect(why).toContainText('K. Lindqvist (extension 4711)')
  await expect(why).not.toContainText('No single input stands out')
  await expectAccessible(page)
  await expectNothingClipped(page)
})

test('an alert that rules raised says so', async ({ open }) => {
  const { page } = await open({ alerts: [ruleAlert()], models: [byRules()] })
  const card = page.getByRole('article')
  await expect(card).toContainText('The model gave no answer; a rule of its package raised this.')
  await expect(card).toContainText('by rules of 1.0.4')
  await card.getByRole('link').click()
  await expect(page.getByRole('main')).toContainText('The torque is high for a worn tool.')
  await expectAccessible(page)
})
