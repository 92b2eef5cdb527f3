import AxeBuilder from '@axe-core/playwright'
import { type Browser, test as base, expect, type Page } from '@playwright/test'
import { FakeEdge, type FakeParts } from './fake-edge.ts'

export interface PageOptions {
  path?: string
  language?: 'en' | 'de'
  scheme?: 'light' | 'dark'
  /** What the page would do by itself every few seconds it does when the test says `look`, and at no other time. */
  looksWhenTold?: boolean
}

/** What serves a console to a test. */
interface Served {
  readonly url: string
  /** Resolves once the page hears of what happens; absent: it asks for everything. */
  readonly heard?: Promise<void>
  close(): Promise<void>
}

/** A console on a server of its own; whatever the page's policy forbids, and any error in it, fails the test. */
export const openerOf = <P extends PageOptions & { signedOut?: boolean }, F extends Served>(
  start: (parts: P) => Promise<F>,
) =>
  base.extend<{ open: (parts?: P) => Promise<{ page: Page; fake: F }> }>({
    open: async ({ browser }, use) => {
      const closers: (() => Promise<void>)[] = []
      const wrong: string[] = []
      await use(async (parts = {} as P) => {
        const fake = await start(parts)
        closers.push(() => fake.close())
        const page = await newPage(browser, parts, wrong)
        closers.push(() => page.context().close())
        await page.goto(fake.url + (parts.path ?? '/'))
        if (!parts.signedOut) await fake.heard
        return { page, fake }
      })
      for (const close of closers.reverse()) await close()
      expect(wrong).toEqual([])
    },
  })

export const test = openerOf((parts: FakeParts & PageOptions) => FakeEdge.start(parts))

/** A page of its own; whatever its policy forbids, and any error in it, is put into `wrong`. */
export async function newPage(browser: Browser, options: PageOptions, wrong: string[]): Promise<Page> {
  const { language = 'en', scheme = 'light' } = options
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: language,
    colorScheme: scheme,
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|violates/i.test(message.text())) wrong.push(`policy: ${message.text()}`)
  })
  if (options.looksWhenTold) await page.addInitScript(holdIntervals)
  return page
}

interface Held extends Window {
  looks: Map<number, () => void>
}

/** Runs in the page. Quick intervals move clocks and watch the link: those go on. */
function holdIntervals(): void {
  const looks = new Map<number, () => void>()
  const { setInterval: every, clearInterval: end } = window
  let last = 0
  Object.assign(window, {
    looks,
    setInterval: (run: () => void, ms: number) => {
      if (ms < 3000) return every(run, ms)
      looks.set(--last, run)
      return last
    },
    clearInterval: (id: number) => looks.delete(id) || end(id),
  })
}

/** A page that was opened with `looksWhenTold` looks once. */
export const look = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const run of (window as unknown as Held).looks.values()) run()
  })

/** Nothing moves any more: fonts and the trend are there. */
export async function expectDrawn(page: Page): Promise<void> {
  await expect(page.locator('.trend canvas')).toBeVisible()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}

// There are no frames in it: to look at the page alone, and for what is wrong alone, takes half the time.
const axeOn = (page: Page) =>
  new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

/** No violation of WCAG 2.0 to 2.2, level A and AA. */
export const expectAccessible = (page: Page): Promise<void> => expectNoViolation(axeOn(page).withTags(levels))

/** The same of the dialog that is open, where the screen below it was looked at by itself. */
export async function expectDialogAccessible(page: Page): Promise<void> {
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectNoViolation(axeOn(page).include('[role="dialog"]').withTags(levels))
}

/** Of that, the contrast of text alone. */
export const expectContrast = (page: Page): Promise<void> =>
  expectNoViolation(axeOn(page).withRules(['color-contrast']))

async function expectNoViolation(axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.analyze()
  const words = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
  expect(words).toEqual([])
}

/** Nothing reaches over the window's side, and no text over the edge of what clips it. */
export const expectNothingClipped = (page: Page): Promise<void> =>
  expectNone(page, async () => {
    await document.fonts.ready
    const over: string[] = []
    if (document.documentElement.scrollWidth > window.innerWidth) over.push('the page scrolls sideways')
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (element.closest('.sr, svg, .trend, .range, .skip') || element.clientWidth === 0) continue
      const style = getComputedStyle(element)
      const holdsText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      )
      const clips =
        style.overflowX !== 'visible' || element.matches('.btn, .plate, .pick button, td, th, dd, dt')
      if ((holdsText || clips) && style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1)
        over.push(`${element.tagName}.${element.className}: ${element.textContent?.slice(0, 60)}`)
    }
    return over
  })

/** Everything that can be touched is at least 48 px in both directions; links in running text do not occur. */
export const expectTouchable = (page: Page): Promise<void> =>
  expectNone(page, async () => {
    await document.fonts.ready
    return [...document.querySelectorAll<HTMLElement>('a[href], button, textarea, input:not(.sr)')]
      .filter((element) => !element.closest('.skip') && element.getClientRects().length > 0)
      .map((element) => ({ box: element.getBoundingClientRect(), what: element.outerHTML.slice(0, 120) }))
      .filter(({ box }) => Math.round(box.width) < 48 || Math.round(box.height) < 48)
      .map(({ box, what }) => `${Math.round(box.width)}×${Math.round(box.height)} ${what}`)
  })

/** Looked at again while the page still settles. */
async function expectNone(page: Page, find: () => Promise<string[]>): Promise<void> {
  await expect.poll(() => page.evaluate(find)).toEqual([])
}

/** Every word 40 % longer, as another language may have it. */
export async function lengthenWords(page: Page): Promise<void> {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const nodes: Text[] = []
    while (walker.nextNode()) nodes.push(walker.currentNode as Text)
    for (const node of nodes) {
      if (node.parentElement?.closest('script, style, .sr, .clock, kbd, code')) continue
      node.data = node.data.replace(/\p{L}{3,}/gu, (word) => word + 'e'.repeat(Math.ceil(word.length * 0.4)))
    }
  })
}

export { expect }
