import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createKey } from '#central/registry/key.ts'
import type { Root } from '#central/registry/metadata.ts'
import { accepted, type Row, refused, type Scene } from './row.ts'

export const stranger = () => [createKey('stranger-1'), createKey('stranger-2')]
export const renamed = ({ site }: Scene, from: string, to: string) =>
  renameSync(join(site.dir, 'metadata', from), join(site.dir, 'metadata', to))
export const versionOf = ({ site }: Scene, role: string) => site.read(role).signed.version
/** Roles below the top level that fail alone. */
export const delegated = ['models-demo', 'site-plant-1']
const roles = ['root', 'timestamp', 'snapshot', 'targets', ...delegated]
const held = (role: string) => (delegated.includes(role) ? { held: [role] } : {})

/** Row 1: signed by nobody, or by the wrong people. */
const nobody = roles.flatMap((role): Row[] => {
  const expected = refused(
    new RegExp(`^${role} version \\d+ is signed by 0 of the \\d different keys`),
    held(role),
  )
  return [
    {
      row: 1,
      title: `${role} that nobody signed`,
      fault: ({ site }) => site.put(role, { spoil: (e) => e.signatures.splice(0) }),
      expected,
    },
    {
      row: 1,
      title: `${role} signed by strangers`,
      fault: ({ site }) => site.put(role, { keys: stranger() }),
      expected,
    },
  ]
})

const second = 'f'.repeat(64)
/** One key under two IDs, where two are asked for. */
const twice = (role: 'root' | 'targets') => (root: Root) => {
  const [only] = root.roles[role].keyids
  root.keys[second] = root.keys[only!]!
  root.roles[role] = { keyids: [only!, second], threshold: 2 }
}
const signedTwice = (e: { signatures: { keyid: string; sig: string }[] }) =>
  e.signatures.push({ keyid: second, sig: e.signatures[0]!.sig })

/** Rows 2 to 5: how signatures are counted. */
const counted: Row[] = [
  ...['targets', 'models-demo'].flatMap((role): Row[] => [
    {
      row: 2,
      title: `one of two signatures on ${role}`,
      fault: ({ site }) => site.put(role, { spoil: (e) => e.signatures.pop() }),
      expected: refused(
        new RegExp(
          `^${role} version \\d+ is signed by 1 of the 2 different keys that .* asks for \\(${role}-1\\)$`,
        ),
        held(role),
      ),
    },
    {
      row: 3,
      title: `the same signature twice on ${role}`,
      fault: ({ site }) => site.put(role, { spoil: (e) => e.signatures.splice(1, 1, e.signatures[0]!) }),
      expected: refused(
        new RegExp(`^${role} version \\d+ carries two signatures under one key ID`),
        held(role),
      ),
    },
  ]),
  {
    row: 4,
    title: 'one key under two IDs, for targets',
    fault: async ({ site }) => {
      await site.put('root', { edit: twice('targets') })
      await site.put('targets', { keys: [site.keys['targets']![0]!], spoil: signedTwice })
    },
    expected: refused(/^targets version \d+ is signed by 1 of the 2 different keys/, { root: 2 }),
  },
  {
    row: 4,
    title: 'one key under two IDs, for root',
    fault: ({ site }) => site.put('root', { edit: twice('root'), spoil: signedTwice }),
    expected: refused(/^root version 2 is signed by 1 of the 2 different keys that root version 2 asks for/),
  },
  {
    row: 5,
    title: 'a bad signature beside enough good ones: accepted',
    fault: async ({ site }) => {
      for (const role of ['targets', 'models-demo'])
        await site.put(role, {
          spoil: (e) => e.signatures.push({ keyid: site.keys[role]![2]!.id, sig: '00'.repeat(64) }),
        })
    },
    expected: accepted,
    check: (_, { updates }) =>
      expect(updates.view?.assigned[0]?.package?.signedBy).toEqual(['models-demo-1', 'models-demo-2']),
  },
]

const comingRoot = (whose: 'old' | 'new'): Row => ({
  row: 7,
  title: `a root that lacks the ${whose} threshold`,
  fault: ({ site }) => {
    const coming = [createKey('coming-1'), createKey('coming-2')]
    const edit = (root: Root) => {
      for (const key of coming) root.keys[key.id] = key.public
      root.roles.root = { keyids: coming.map(({ id }) => id), threshold: 2 }
    }
    return site.put('root', { edit, keys: whose === 'old' ? coming : site.keys['root']!.slice(0, 2) })
  },
  expected: refused(
    new RegExp(
      `^root version 2 is signed by 0 of the 2 different keys that root version ${whose === 'old' ? 1 : 2} asks for`,
    ),
  ),
})

/** Rows 6 to 8: how root goes on. */
const roots: Row[] = [
  {
    row: 6,
    title: 'root v1 to v4, hop by hop: accepted',
    fault: async ({ site }) => {
      for (const role of ['timestamp', 'root', 'snapshot']) await site.rotate(role)
    },
    expected: { ...accepted, runs: true },
    check: ({ server }, { updates }) => {
      expect(updates.root?.version).toBe(4)
      const asked = server.asked.filter((path) => path.endsWith('.root.json')).slice(0, 4)
      expect(asked).toEqual([2, 3, 4, 5].map((version) => `/metadata/${version}.root.json`))
    },
  },
  {
    row: 6,
    title: 'root v1 to v4, of which v3 does not hold: v2, and nothing by it',
    fault: async ({ site }) => {
      await site.rotate('timestamp')
      await site.put('root', { keys: stranger() })
      await site.put('root')
    },
    expected: refused(/^root version 3 is signed by 0 of the 2/, { root: 2 }),
  },
  comingRoot('old'),
  comingRoot('new'),
  {
    row: 8,
    title: 'a root that skips a version',
    fault: async (scene) => {
      await scene.site.put('root', { version: 3 })
      renamed(scene, '3.root.json', '2.root.json')
    },
    expected: refused(/^root version 3 was found where version 2 belongs/),
  },
]

/** Rows 1 to 8 of UPDATES.md. */
export const signers: Row[] = [...nobody, ...counted, ...roots]
