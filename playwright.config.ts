import { defineConfig } from '@playwright/test'

const path = process.env.CHROMIUM_PATH

/** `npm test` finds a Chromium and names it in CHROMIUM_PATH; without one, Playwright's own is used. */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/e2e',
  // Each test has a runtime of its own, so that the two workers end together; a file that has one says so.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Both only say that something hung: a busy machine may stand still for seconds.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    // Recording every step takes a tenth of the time; for the one test that is looked into: TRACE=1.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      ...(path ? { executablePath: path } : {}),
      args: [
        // Chromium's sandbox refuses to run as root, as in most containers.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
        '--disable-gpu',
      ],
    },
  },
})
