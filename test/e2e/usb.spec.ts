import {
  expect,
  expectAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  look,
  test,
} from '#support/console-page.ts'
import type { FakeEdge } from '#support/fake-edge.ts'
import { comingPackage, rootFingerprint, stick, summary, updates } from '#support/fake-updates.ts'

const path = '/import'

const everything = () =>
  summary({
    rootRotations: 3,
    roles: [{ role: 'root', version: 5, here: 2 }, ...summary().roles],
    packages: [
      comingPackage(),
      comingPackage({
        model: 'engine-life',
        version: '2.0.0',
        digest: 'c'.repeat(64),
        replaces: null,
        activate: 'by-technician',
        bytes: 300_000,
      }),
      comingPackage({
        model: 'spindle-life',
        version: '1.2.0',
        digest: 'e'.repeat(64),
        replaces: '1.1.0',
        activate: 'by-technician',
      }),
      comingPackage({ digest: 'd'.repeat(64), version: '1.0.9', skipped: 'it is not on the stick' }),
    ],
    problems: [{ model: 'pneumonia-triage', version: '1.0.0', problem: 'its digest is not signed' }],
    revokes: [
      { model: 'milling-failure', version: '1.0.3', action: 'stop', reason: 'It missed wear of tool 4' },
      { model: 'milling-failure', version: '1.0.4', action: 'warn', reason: 'Recalibrate soon' },
    ],
  })

/** The screen in each state it can be in, one after the other. */
const states: [name: string, turn: (fake: FakeEdge) => void][] = [
  ['Choose the stick', () => undefined],
  [
    'Choose the stick',
    (fake) => {
      fake.updates.drives = []
      fake.updates.updates = updates({ trust: 'none', root: null, site: null, source: null, view: null })
    },
  ],
  [
    'Reading the stick',
    (fake) => {
      fake.updates.state = { state: 'reading', id: 'i', path: '/media/x', bytes: 2e7, ofBytes: 9e7 }
      const problem = 'https://updates.example.org/models: nothing answers at this address (ECONNREFUSED)'
      fake.updates.updates = updates({
        trust: 'expired',
        lastCheck: { at: '2026-11-24T14:00:00Z', ok: false, from: 'x', problem },
        clock: { systemMs: 0, floorMs: Date.parse('2026-11-20T00:00:00Z'), behind: true },
      })
    },
  ],
  [
    'What this stick changes',
    (fake) => {
      fake.updates.state = { state: 'waiting', summary: everything() }
    },
  ],
  [
    'This stick brings nothing new',
    (fake) => {
      const nothing = {
        id: 'import-2',
        roles: [],
        packages: [comingPackage({ skipped: 'it runs here already' })],
      }
      fake.updates.state = { state: 'waiting', summary: summary(nothing) }
    },
  ],
]
const inGerman: Record<string, string> = {
  'Choose the stick': 'Stick wählen',
  'Reading the stick': 'Der Stick wird gelesen',
  'What this stick changes': 'Was dieser Stick ändert',
  'This stick brings nothing new': 'Dieser Stick bringt nichts Neues',
}

for (const [language, scheme] of [
  ['en', 'light'],
  ['de', 'dark'],
] as const)
  test(`holds WCAG, targets of 48 px and its width in each state, ${language}, ${scheme}`, async ({
    open,
  }) => {
    const { page, fake } = await open({ path, language, scheme })
    for (const [name, turn] of states) {
      turn(fake)
      await page.reload()
      const heading = language === 'en' ? name : inGerman[name]!
      await expect(page.getByRole('heading', { name: heading })).toBeVisible()
      await expect(page.locator('.trusted p.strong').first()).toBeVisible()
      await expectAccessible(page)
      await expectTouchable(page)
      await expectNothingClipped(page)
      if (language === 'de') continue
      await lengthenWords(page)
      await expectNothingClipped(page)
    }
  })

test('a stick is read, told, confirmed and done, with the record written back', async ({ open }) => {
  const { page, fake } = await open({ path })
  await page.getByRole('button', { name: 'Read UPDATES' }).click()
  const told = page.getByRole('region', { name: 'What this stick changes' })
  await expect(told).toContainText('milling-failure 1.1.0 replaces 1.0.4')
  await expect(told).toContainText('Signed by 2 of 3 (A. Weber and M. Keller); 2 needed.')
  await expect(told).toContainText('timestamp 41 (38 here) · models-mills 6 (5 here) · site-north 9 (new)')
  await expect(told).toContainText('Nothing has changed so far')
  const back = told.getByRole('button', { name: 'Write the audit record and the log back' })
  await expect(back).toHaveAttribute('aria-pressed', 'true')
  await told.getByRole('button', { name: 'Import milling-failure 1.1.0' }).click()
  const result = page.getByRole('region', { name: 'Result' })
  await expect(result.getByRole('heading', { name: 'Imported' })).toBeFocused()
  await expect(result).toContainText('milling-failure 1.1.0 runs')
  await expect(result).toContainText('/media/anna/UPDATES/edgewright-from-Mill-3-2026-11-24')
  await expectAccessible(page)
  await expect
    .poll(() => fake.asked)
    .toEqual([
      { path: '/api/updates/import', body: { path: '/media/anna/UPDATES' } },
      { path: '/api/updates/import/import-1/confirm', body: { writeBack: true } },
    ])
  await result.getByRole('button', { name: 'Read another stick' }).click()
  await expect(page.getByRole('heading', { name: 'Choose the stick' })).toBeVisible()
})

test('revocations, new roots and what is left out are told before anything is done', async ({ open }) => {
  const { page, fake } = await open({ path })
  fake.updates.next = everything()
  await page.getByRole('button', { name: 'Read UPDATES' }).click()
  const told = page.getByRole('region', { name: 'What this stick changes' })
  await expect(told).toContainText('milling-failure 1.0.3 is revoked and must stop')
  await expect(told).toContainText('It missed wear of tool 4')
  await expect(told).toContainText('milling-failure 1.0.4 is revoked; it runs on under a warning')
  await expect(told).toContainText('3 new roots, each signed by the one before it')
  await expect(told).toContainText('engine-life 2.0.0 is the first version here')
  await expect(told).toContainText('The first version of a model starts by itself')
  await expect(told).toContainText('It is staged, and waits until a technician starts it.')
  await expect(told).toContainText('milling-failure 1.0.9: it is not on the stick')
  await expect(told).toContainText('pneumonia-triage 1.0.0: its digest is not signed')
  await told.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { name: 'Choose the stick' })).toBeVisible()
  await told.waitFor({ state: 'hidden' })
  await expect.poll(() => fake.asked.map((each) => each.path)).toEqual(['/api/updates/import'])
})

test('a stick that brings nothing takes the record back, or is left alone', async ({ open }) => {
  const { page, fake } = await open({ path })
  fake.updates.next = summary({ roles: [], packages: [comingPackage({ skipped: 'it runs here already' })] })
  fake.updates.imported = { packages: [], wroteBack: null, writeBackProblem: 'the disk is read-only' }
  await page.getByRole('button', { name: 'Read UPDATES' }).click()
  const go = page.getByRole('button', { name: 'Write the record back' })
  await expect(go).not.toHaveAttribute('aria-disabled', 'true')
  await page.getByRole('button', { name: 'Write the audit record and the log back' }).click()
  await expect(go).toHaveAttribute('aria-disabled', 'true')
  await page.getByRole('button', { name: 'Write the audit record and the log back' }).click()
  await go.click()
  await expect(page.getByText('were not written back: the disk is read-only')).toBeVisible()
})

test('a refusal is said in full with what to do next, and can be tried again', async ({ open }) => {
  const { page, fake } = await open({ path })
  await expect(page.getByRole('heading', { name: 'Choose the stick' })).toBeVisible()
  fake.trouble.set('/api/updates/import', { status: 422, code: 'import-refused' })
  await page.getByRole('textbox', { name: 'Or a folder on this machine' }).fill('/srv/stick')
  await page.getByRole('button', { name: 'Read the folder' }).click()
  const refused = page.getByRole('alert').filter({ hasText: '/srv/stick was not taken.' })
  await expect(refused).toContainText('This was made to go wrong')
  await expect(refused).toContainText('Ask the central team for a new stick')
  await expectAccessible(page)
  await expectNothingClipped(page)
  fake.trouble.clear()
  await refused.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'What this stick changes' })).toBeVisible()
  await expect
    .poll(() => fake.asked.at(-1))
    .toEqual({ path: '/api/updates/import', body: { path: '/srv/stick' } })
})

test('what could not be installed is said with its reason', async ({ open }) => {
  const { page, fake } = await open({ path })
  const what = 'vector 17 gave 0.731, its makers signed 0.412'
  fake.updates.imported = {
    packages: [{ model: 'milling-failure', version: '1.1.0', ok: false, what }],
    wroteBack: null,
  }
  await page.getByRole('button', { name: 'Read UPDATES' }).click()
  await page.getByRole('button', { name: 'Import milling-failure 1.1.0' }).click()
  await expect(page.getByRole('heading', { name: 'Imported, but for 1 package' })).toBeVisible()
  await expect(page.getByText(what)).toBeVisible()
})

test('an import that somebody else began is shown as it stands, and can be given up', async ({ open }) => {
  const { page, fake } = await open({ path })
  fake.updates.state = { state: 'reading', id: 'theirs', path: '/media/x', bytes: 2e7, ofBytes: 9e7 }
  await page.reload()
  await expect(page.getByText('19 MB of 86 MB')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { name: 'Choose the stick' })).toBeVisible()
  fake.updates.state = { state: 'applying', summary: summary() }
  await page.reload()
  await expect(page.getByRole('button', { name: 'Importing …' })).toHaveAttribute('aria-busy', 'true')
})

test('sticks show up by themselves; one without a repository says so', async ({ open }) => {
  const { page, fake } = await open({ path, looksWhenTold: true })
  await expect(page.getByRole('button', { name: 'Read UPDATES' })).toBeVisible()
  fake.updates.drives = [stick({ label: 'PHOTOS', path: '/media/anna/PHOTOS', repository: null })]
  await look(page)
  await expect(page.getByText('holds no signed models')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Read [A-Z]/ })).toHaveCount(0)
})

test('what is trusted stands beside it: root, site, source, what is assigned and revoked', async ({
  open,
}) => {
  const { page, fake } = await open({ path, looksWhenTold: true })
  const trusted = page.getByRole('complementary', { name: 'What this machine trusts' })
  await expect(trusted).toContainText('Signatures are believed, and up to date.')
  await expect(trusted).toContainText('north · line-3')
  await expect(trusted).toContainText(rootFingerprint)
  await expect(trusted).toContainText('timestamp, 24 December')
  await expect(trusted).toContainText('milling-failure 1.0.4 runs')
  await expect(trusted).toContainText('1 version is revoked.')
  await trusted.getByRole('button', { name: 'Check now' }).click()
  await expect.poll(() => fake.asked.map((each) => each.path)).toEqual(['/api/updates/check'])
  fake.updates.updates = updates({ trust: 'damaged', root: null, view: null })
  await look(page)
  await expect(trusted).toContainText('What was trusted is lost. An admin must give the root again.')
})
