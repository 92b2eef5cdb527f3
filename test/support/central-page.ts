import { test as base, expect, type Page } from '@playwright/test'
import { newPage, type PageOptions } from './console-page.ts'
import { FakeCentral, type FakeCentralParts } from './fake-central.ts'

export interface CentralOptions extends FakeCentralParts, PageOptions {
  path?: string
}

export interface OpenedCentral {
  page: Page
  fake: FakeCentral
}

interface Fixtures {
  /** The fleet's console on a central of its own; whatever the page's policy forbids, and any error in it, fails the test. */
  open: (options?: CentralOptions) => Promise<OpenedCentral>
}

export const test = base.extend<Fixtures>({
  open: async ({ browser }, use) => {
    const closers: (() => Promise<void>)[] = []
    const wrong: string[] = []
    await use(async (options = {}) => {
      const fake = await FakeCentral.start(options)
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

export {
  expectAccessible,
  expectContrast,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
} from './console-page.ts'
export { expect }
