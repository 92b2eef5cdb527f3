import AxeBuilder from '@axe-core/playwright'
import { type Browser, test as base, expect, type Page } from '@playwright/test'
import { FakeEdge, type FakeParts } from './fake-edge.ts'

export interface OpenOptions extends FakeParts, PageOptions {
  path?: string
}

export interface Opened {
  page: Page
  fake: FakeEdge
}

interface Fixtures {
  /** The console on a runtime of its own; whatever the page's policy forbids, and any error in it, fails the test. */
  open: (options?: OpenOptions) => Promise<Opened>
}

export const test = base.extend<Fixtures>({
  open: async ({ browser }, use) => {
    const closers: (() => Promise<void>)[] = []
    const wrong: string[] = []
    await use(async (options = {}) => {
      const fake = await FakeEdge.start(options)
      closers.push(() => fake.close())
      const page = await newPage(browser, options, wrong)
      closers.push(() => page.context().close())
      await page.goto(fake.url + (options.path ?? '/'))
      return { page, fake }
    })
    for (const close of closers.reverse()) await close()
    expect(wrong).toEqual([])
  },
})

export interface PageOptions {
  language?: 'en' | 'de'
  scheme?: 'light' | 'dark'
  width?: number
}

/** A page of its own; whatever its policy forbids, and any error in it, is put into `wrong`. */
export async function newPage(browser: Browser, options: PageOptions, wrong: string[]): Promise<Page> {
  const { language = 'en', scheme = 'light', width = 1280 } = options
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    locale: language,
    colorScheme: scheme,
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|violates/i.test(message.text())) wrong.push(`policy: ${message.text()}`)
  })
  await page.exposeFunction('sawViolation', (what: string) => wrong.push(`policy: ${what}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      (window as unknown as { sawViolation: (what: string) => void }).sawViolation(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`,
      ),
    )
  })
  return page
}

/** No violation of WCAG 2.0 to 2.2, level A and AA. */
export const expectAccessible = (page: Page): Promise<void> =>
  expectNoViolation(
    new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']),
  )

/** Of that, the contrast of text alone. */
export const expectContrast = (page: Page): Promise<void> =>
  expectNoViolation(new AxeBuilder({ page }).withRules(['color-contrast']))

async function expectNoViolation(axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.analyze()
  const words = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
  expect(words).toEqual([])
}

/** Nothing reaches over the window's side, and no text over the edge of what clips it. */
export async function expectNothingClipped(page: Page): Promise<void> {
  const clipped = await page.evaluate(() => {
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
  expect(clipped).toEqual([])
}

/** Everything that can be touched is at least 48 px in both directions; links in running text do not occur. */
export async function expectTouchable(page: Page): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a[href], button, textarea, input:not(.sr)')]
      .filter((element) => !element.closest('.skip') && element.getClientRects().length > 0)
      .map((element) => ({ box: element.getBoundingClientRect(), what: element.outerHTML.slice(0, 120) }))
      .filter(({ box }) => Math.round(box.width) < 48 || Math.round(box.height) < 48)
      .map(({ box, what }) => `${Math.round(box.width)}×${Math.round(box.height)} ${what}`),
  )
  expect(small).toEqual([])
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
