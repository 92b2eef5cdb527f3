import { expect } from 'vitest'
import type { Signed } from '#central/registry/metadata.ts'
import { accepted, type Row, refused, type Scene } from './row.ts'
import { delegated, renamed, versionOf } from './rows-signers.ts'

const held = (role: string) => (delegated.includes(role) ? { held: [role] } : {})

/** Row 9: signed properly, by keys that were stolen, and older than what is believed. */
const back = ['timestamp', 'snapshot', 'targets', 'models-demo'].map(
  (role): Row => ({
    row: 9,
    title: `${role} goes back`,
    ...(role === 'targets' && { arrange: ({ site }: Scene) => site.put('targets') }),
    fault: ({ site }) => site.put(role, { version: 1 }),
    expected: refused(
      new RegExp(`that goes back, for this machine has believed ${role} version \\d+ already$`),
    ),
  }),
)

/** Row 11: whoever had the online keys drove the versions up; the desk goes on from where it was, and changes the key. */
const fastForward: Row = {
  row: 11,
  title: 'fast-forward, then key rotation: recovers',
  arrange: async ({ site }) => {
    await site.put('snapshot', { version: 1_000 })
    await site.put('timestamp', { version: 9_000 })
  },
  fault: async ({ site, machine }) => {
    expect(await machine.check()).toMatchObject({ code: 'update-refused', updates: { root: { version: 1 } } })
    expect((await machine.slots())[0]).toBe('1.0.0 running')
    await site.rotate('timestamp')
  },
  expected: {
    ...accepted,
    refusals: [
      /^timestamp version \d+: that goes back, for this machine has believed timestamp version 9000 already$/,
    ],
  },
  check: (_, { updates }) => {
    expect(updates.root?.version).toBe(2)
    expect(updates.view?.versions['timestamp']).toBeLessThan(9_000)
    expect(updates.view?.versions['snapshot']).toBeLessThan(1_000)
  },
}

/** Row 12: each file is signed well, and they do not belong together. */
const mixed: Row[] = [
  ...['targets', 'models-demo'].map(
    (role): Row => ({
      row: 12,
      title: `${role} is another file than snapshot names`,
      fault: async (scene) => {
        await scene.site.put(role)
        await scene.site.put(role, {
          version: versionOf(scene, role),
          edit: (s: Signed) => Object.assign(s, { expires: '2098-01-01T00:00:00Z' }),
          follow: false,
        })
      },
      expected: refused(
        new RegExp(
          `^${role} version \\d+ is (not the file that snapshot version \\d+ names|\\d+ bytes long)`,
        ),
        held(role),
      ),
    }),
  ),
  {
    row: 12,
    title: 'snapshot is of another version than timestamp names',
    fault: async (scene) => {
      const version = versionOf(scene, 'snapshot')
      await scene.site.put('timestamp', {
        edit: ({ meta }) => Object.assign(meta, { 'snapshot.json': { version: version + 1 } }),
      })
      renamed(scene, `${version}.snapshot.json`, `${version + 1}.snapshot.json`)
    },
    expected: refused(/^snapshot version \d+ was found where timestamp version \d+ names version \d+$/),
  },
  {
    row: 12,
    title: 'targets that snapshot names are not there: tried again later',
    fault: async (scene) => {
      await scene.site.put('targets')
      renamed(scene, `${versionOf(scene, 'targets')}.targets.json`, 'hidden')
    },
    expected: refused(/has no \d+\.targets\.json, and snapshot version \d+ names it$/, {
      code: 'update-unreachable',
    }),
  },
]

/** Rows 13 and 14. */
const expiry = ['root', 'timestamp', 'snapshot', 'targets', 'models-demo'].flatMap((role): Row[] => {
  const isRoot = role === 'root'
  return [
    {
      row: 13,
      title: `${role} that has ended`,
      fault: ({ site }) => {
        const past = new Date(Date.now() - 60_000).toISOString()
        return site.put(role, { edit: (s: Signed) => Object.assign(s, { expires: past }) })
      },
      // A newer root is believed although it is over (TUF 1.0, 5.3.10): one that follows can lead on.
      expected: refused(
        new RegExp(`^${role} version \\d+ ended on \\S+; by the clock of this machine it is`),
        {
          code: 'update-expired',
          ...held(role),
          ...(isRoot && { root: 2 }),
        },
      ),
    },
    {
      row: 14,
      title: `${role} that ends on "garbage"`,
      fault: ({ site }) => site.put(role, { edit: (s: Signed) => Object.assign(s, { expires: 'garbage' }) }),
      expected: refused(
        new RegExp(
          `^${role} version \\d+ is malformed: expires: "garbage" is no time \\(RFC 3339, in UTC\\)$`,
        ),
        held(role),
      ),
    },
  ]
})

/** Rows 9 to 14 of UPDATES.md. */
export const versions: Row[] = [
  ...back,
  {
    row: 10,
    title: 'a role that leaves the snapshot',
    fault: ({ site }) => site.put('snapshot', { edit: ({ meta }) => delete meta['models-demo.json'] }),
    expected: refused(
      /^snapshot version \d+ leaves out models-demo, which this machine has seen at version \d+$/,
    ),
  },
  fastForward,
  ...mixed,
  ...expiry,
]
