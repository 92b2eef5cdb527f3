import type { Locator } from '@playwright/test'
import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  test,
} from '#support/console-page.ts'
import { manifoldScene, wordsScene } from '#support/fake-answers.ts'
import { engines, newEngine, shopVisit } from '#support/fake-engine.ts'
import { blankXray, pneumonia, pneumoniaAlert, takenMs, xrays } from '#support/fake-xray.ts'

/** What suits models that give no probability over numbers: values with intervals, images, labels, texts, series. */

const engine = { scene: engines, alerts: [shopVisit()] }
const chest = { scene: xrays, alerts: [pneumoniaAlert()] }
const isDrawn = (image: Locator) =>
  expect.poll(() => image.evaluate((it) => (it as HTMLImageElement).naturalWidth)).toBe(28)

test('a value is followed with its interval and the level of its alert', async ({ open }) => {
  const { page } = await open(engine)
  const card = page.getByRole('article')
  await expect(card).toContainText('Remaining life 14 cycles')
  await expect(card).toContainText('90 of 100 like this lie between 0 and 33')
  await expect(page.getByText(/s old, 90\s% range shaded/)).toBeVisible()
  await expect(
    page.getByRole('img', {
      name: /^Remaining life of Engine 7 from 14:12 to 14:32\. Newest \d+\scycles, 90\s%: 0 to \d\d\./,
    }),
  ).toBeVisible()
})

test('the alert of a value says it in its unit and in words, never as a risk', async ({ open }) => {
  const { page } = await open({ ...engine, path: '/alerts/a-shop-visit' })
  const main = page.getByRole('main')
  await expect(main).toContainText('Remaining life 14 cycles (90 of 100 like this lie between 0 and 33).')
  await expect(
    page.getByRole('img', {
      name: /^Remaining life, in cycles of Engine 7 .*90\s%: 0 to \d\d\. .*alerts below 15, clears above 20\.$/,
    }),
  ).toBeVisible()
  await expect(main).not.toContainText('Risk')
})

test('a window that fills says how far it is, and shows no value', async ({ open }) => {
  const { page, fake } = await open({ scene: newEngine, alerts: [] })
  const live = page.getByRole('region', { name: 'Live readings' })
  await expect(live.getByText('No answer yet').filter({ visible: true })).toHaveCount(1)
  await expect(live).toContainText('The model needs 30 readings of Engine 7 in a row; 12 so far.')
  await expect(live.getByRole('img')).toHaveCount(0)
  await expect(live).not.toContainText('cycles')
  await expectAccessible(page)
  fake.scene = { ...engines, assets: ['Engine 7'] }
  await expect(live.getByRole('img', { name: /^Remaining life of Engine 7/ })).toBeVisible()
  await expect(live.getByText('No answer yet')).toHaveCount(0)
})

test('a reading without an answer is said beside what was answered before', async ({ open }) => {
  const { page, fake } = await open({ ...engine, scene: { ...engines, assets: ['Engine 7'] } })
  const live = page.getByRole('region', { name: 'Live readings' })
  await expect(live.getByRole('img', { name: /^Remaining life/ })).toBeVisible()
  const message = '"nc" is 99999, outside what the sensor can measure'
  const quality = [{ code: 'outside-physical-limits' as const, feature: 'nc', message }]
  fake.scene = { ...fake.scene, said: () => ({ verdict: 'rejected', quality, values: { nc: 99_999 } }) }
  await expect(live.getByText('The newest reading was refused')).toBeVisible()
  await expect(live).toContainText(/Core speed is 99,999\srpm: outside what its sensor can measure\./)
  await expectAccessible(page)
  await expectNothingClipped(page)
})

test('an image stands where the trend would, with what the model said of it', async ({ open }) => {
  const { page } = await open(chest)
  const card = page.getByRole('article')
  await isDrawn(card.getByRole('img', { name: 'Chest X-ray of Examination 4127, 14:32:03' }))
  await expect(card).not.toContainText('87')
  const live = page.getByRole('region', { name: 'Live readings' })
  await isDrawn(live.getByRole('img', { name: 'Chest X-ray of Examination 4127, 14:32:03' }))
  await expect(live).toContainText(/pneumonia\s*87\s%\s*alerts above 60\s%/)
  await expect(live).toContainText('28 × 28 pixels, enlarged')
  await expect(page.locator('.trend')).toHaveCount(0)
})

test('the alert of an image shows it large, and a trend only of several readings', async ({ open }) => {
  const { page, fake } = await open({ ...chest, path: '/alerts/a-pneumonia' })
  const main = page.getByRole('main')
  await expect(main).toContainText('Chest X-ray: Likeness to pneumonia 87 %.')
  const image = main.getByRole('img', { name: /^Chest X-ray of Examination 4127/ })
  await isDrawn(image)
  await expect.poll(async () => (await image.boundingBox())?.width).toBe(320)
  await expect(main).toContainText('alerts above 60 %, clears below 40 %')
  await expect(main).toContainText('The model does not say which part of the image counted.')
  await expect(page.locator('.trend')).toHaveCount(0)
  const valueAt = (series: string) => (series === 'output:pneumonia' ? 0.7 : undefined)
  fake.scene = { ...xrays, valueAt }
  await page.reload()
  await expect(page.locator('.trend canvas')).toBeVisible()
})

test('an image stays true for as long as its model says, while the machine says that nothing came', async ({
  open,
}) => {
  const said: typeof xrays.said = (...of) => ({ ...xrays.said(...of), timeMs: takenMs - 60_000 })
  const { page, fake } = await open({ ...chest, scene: { ...xrays, said }, silentMs: 60_000 })
  const live = page.getByRole('region', { name: 'Live readings' })
  await expect(page.locator('.strip .hatched')).toBeVisible()
  await expect(live.getByRole('img', { name: /^Chest X-ray/ })).toBeVisible()
  const marked = page.locator('.live header .hatched, .do .hatched')
  await expect(marked).toHaveCount(0)
  fake.models = [{ ...pneumonia(), staleAfterMs: 30_000 }]
  await expect(marked).toHaveCount(2)
})

test('an image that is blank, gone or forbidden is said, never guessed', async ({ open }) => {
  const { page, fake } = await open({ ...chest, scene: blankXray, alerts: [] })
  const live = page.getByRole('region', { name: 'Live readings' })
  await expect(live).toContainText('The image is blank: there is nothing to judge.')
  await expect(live.locator('.picture.hatched')).toBeVisible()
  await expect(live.locator('img')).toHaveCount(0)
  await expect(live).not.toContainText('%')
  await expectAccessible(page)
  fake.scene = xrays
  fake.put(pneumoniaAlert())
  for (const [status, words] of [
    [404, 'The image is no longer kept.'],
    [403, 'You may not see this image.'],
  ] as const) {
    fake.trouble.set('/attachments/', { status, code: 'not-found' })
    await page.reload()
    await expect(live.getByText(words)).toBeVisible()
    await expect(page.getByRole('article').getByText('No image')).toBeVisible()
  }
  await expectAccessible(page)
})

test('labels, several values, words, texts and series are listed plainly', async ({ open }) => {
  const { page } = await open({ scene: manifoldScene, alerts: [] })
  const table = page.getByRole('table', { name: 'Mill 3 now' })
  await expect(table).toContainText('The model names it and does not say how sure it is.')
  for (const row of [
    /^Defect\s*scratch/,
    /^Cutting force: axial\s*812\sN/,
    /^Material\s*brass/,
    /^Note\s*Operator says/,
    /^Sound\s*2,048 values/,
  ])
    await expect(table.getByRole('row').filter({ hasText: row })).toHaveCount(1)
  await expectAccessible(page)
  await expectNothingClipped(page)
})

test('where there is no number to follow, what the model said stands in its place', async ({ open }) => {
  const { page } = await open({ scene: wordsScene, alerts: [] })
  const live = page.getByRole('region', { name: 'Live readings' })
  await expect(live.getByRole('heading', { name: 'Mill 3: what the model says' })).toBeVisible()
  await expect(live.locator('dt')).toHaveText(['tool', 'coolant', 'noise', 'sensor', 'and 1 more class'])
  await expect(live.locator('dd.figure').first()).toHaveText(/^64\s%$/)
  await expect(page.getByRole('table', { name: 'Mill 3 now' })).toContainText('Operator says')
  await expectAccessible(page)
  await expectNothingClipped(page)
})

for (const [name, options] of [
  ['a value on Now', engine],
  ['a value on Alert', { ...engine, path: '/alerts/a-shop-visit' }],
  ['an image on Now', chest],
  ['an image on Alert', { ...chest, path: '/alerts/a-pneumonia' }],
] as const)
  for (const [language, scheme] of [
    ['en', 'dark'],
    ['de', 'light'],
  ] as const)
    test(`${name} holds WCAG, targets of 48 px and its width, ${language}, ${scheme}`, async ({ open }) => {
      const { page } = await open({ ...options, language, scheme })
      await expect(page.locator('.trend canvas, img.picture').last()).toBeVisible()
      await expectAccessible(page)
      await expectTouchable(page)
      await expectNothingClipped(page)
      await page.setViewportSize({ width: 1024, height: 800 })
      await expectNothingClipped(page)
      // German is longer already.
      if (language === 'de') return
      await page.setViewportSize({ width: 1280, height: 800 })
      await lengthenWords(page)
      await expectNothingClipped(page)
    })
