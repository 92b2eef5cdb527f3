import { defineConfig } from '@playwright/test'

/** The real Electron, one app at a time. Started by `npm run test:electron`, which has looked for the binary. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/electron',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 30_000 },
})
