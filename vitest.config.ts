import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Begun first, so that no worker is left alone with one of them at the end; those that mostly wait beside those that mostly reckon.
 * Vitest knows how long they take only from runs before.
 */
const longest = [
  'integration/deploy/fault-table',
  'central/demo',
  'central/rollout-machine',
  'integration/kinds/graphs',
  'central/fleet-cycles',
  'integration/kinds/media',
  'central/server',
  'integration/edge/bad-versions',
  'central/machine',
  'integration/package/draft-and-pack',
  'central/uplink',
  'integration/kinds/broken',
  'integration/update/fault-table',
  'integration/kinds/learners',
  'integration/package/cancel',
  'integration/electron/runtime',
  'central/fleet-offline',
  'integration/models/pneumonia-triage',
  'central/fleet-restored',
  'integration/deploy/review-any-order',
  'integration/deploy/many-swaps',
  'integration/packaging/shipped',
  'integration/deploy/bad-versions',
  'integration/update/kill',
  'integration/usb/fault-rows',
  'integration/deploy/crash-in-shadow',
  'integration/edge/kill',
  'integration/electron/bundle',
].map((name) => `/test/${name}.test.ts`)

const rank = ({ moduleId }: TestSpecification) => {
  const at = longest.findIndex((name) => moduleId.endsWith(name))
  return at < 0 ? longest.length : at
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/**
 * Integration and fault tests start real processes; unit tests start none. A test's own time limit only says that it hung: on a
 * busy machine a process at the lowest priority (a shadow's lane) may get none of the processor for a minute.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // Most integration tests wait for other processes half of the time: two workers keep two processors busy for six tenths of it.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    // By itself Vitest looks again for one second only, which a busy machine may need for one write to its disk.
    expect: { poll: { timeout: 120_000, interval: 10 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
          // No module has state of its own (CONTRIBUTING.md), so files may share one load of them: half the processor time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/support/compiled.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'central',
          include: ['test/central/**/*.test.ts'],
          // One PostgreSQL for all of them; each file has a database of its own.
          globalSetup: 'test/support/central/postgres.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
