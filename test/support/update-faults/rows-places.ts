import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Targets } from '#central/registry/metadata.ts'
import { assignmentPath, packagePath, targetFile } from '#core/update/names.ts'
import { id } from './machine.ts'
import { type Row, refused, type Scene, vain } from './row.ts'
import { stranger } from './rows-signers.ts'

const siteRole = 'site-plant-1'
const assigned = assignmentPath('plant-1', null, id)
const newPackage = packagePath('demo', id, '1.1.0')
/** No file was asked for but metadata of roles that have ordinary names. */
const plain = /^\/metadata\/((\d+\.)?(root|timestamp|snapshot|targets|app|models-demo|site-plant-1)\.json)$/
const expectPlain = ({ server }: Scene) =>
  expect(server.asked.filter((path) => !plain.test(path))).toEqual([])

/** Rows 15 and 17: what a stolen key of the site can do, which is nothing. */
const stolen: Row[] = [
  {
    row: 15,
    title: 'the key of the site signs a path of models',
    fault: ({ site }) =>
      site.put(siteRole, {
        edit: ({ targets }) =>
          Object.assign(targets, { 'models/demo/other-9.0.0.ewp': Object.values(targets)[0] }),
      }),
    expected: refused(
      /^site-plant-1 version \d+ lists models\/demo\/other-9\.0\.0\.ewp, and site-plant-1 may sign sites\/plant-1\/\*, sites\/plant-1\/\*\/\* only$/,
      { held: [siteRole] },
    ),
    check: (_, { message, updates }) =>
      expect(updates.view?.problem).toBe(`what is assigned to this site cannot be known: ${message}`),
  },
  {
    row: 15,
    title: 'the key of the site signs the metadata of a family',
    fault: ({ site }) => site.put('models-demo', { keys: site.keys[siteRole]! }),
    expected: refused(/^models-demo version \d+ is signed by 0 of the 2 different keys/, {
      held: ['models-demo'],
    }),
  },
  {
    row: 17,
    title: 'the key of the site assigns bytes that the family never signed',
    fault: async ({ site, file }) => {
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1]! ^= 1
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      writeFileSync(join(site.dir, 'targets', targetFile(newPackage, sha256)), bytes)
      await site.put(siteRole, {
        edit: ({ targets }) => Object.assign(targets[assigned]!, { hashes: { sha256 } }),
      })
    },
    expected: vain(
      /^the digest that is assigned to machine-failure 1\.1\.0 is not among those that models-demo signed$/,
    ),
    check: expectPlain,
  },
  {
    row: 17,
    title: 'the key of the site assigns signed bytes as another version',
    fault: ({ site }) =>
      site.put(siteRole, {
        edit: ({ targets }) => Object.assign(targets[assigned]!.custom!, { version: '1.2.0' }),
      }),
    expected: vain(/^models-demo signed these bytes as something else than machine-failure 1\.2\.0$/),
    check: expectPlain,
  },
]

/** Row 16: the family's metadata is here already, and its delegator has changed its mind about who signs it. */
const cached: Row = {
  row: 16,
  title: 'a role that is here already, whose delegator names other keys now',
  arrange: ({ site, file }) => site.publish({ file }),
  fault: async ({ site }) => {
    const coming = stranger()
    await site.put('targets', {
      edit: ({ delegations }) => {
        for (const key of coming) delegations!.keys[key.id] = key.public
        delegations!.roles.find(({ name }) => name === 'models-demo')!.keyids = coming.map((key) => key.id)
      },
    })
  },
  expected: refused(
    /^models-demo version \d+ is signed by 0 of the 2 different keys that targets version \d+ asks for$/,
    { held: ['models-demo'] },
  ),
}

type Delegated = NonNullable<Targets['delegations']>['roles'][number]

/** `targets` delegates to more roles, after the pattern of the first. */
const delegate = ({ site }: Scene, names: string[], of: (name: string) => Partial<Delegated> = () => ({})) =>
  site.put('targets', {
    edit: ({ delegations }) => {
      const [first] = delegations!.roles
      for (const name of names) delegations!.roles.push({ ...first!, name, ...of(name) })
    },
  })

/** The site assigns the new version as a package that stands in another family. */
const assignFrom = ({ site }: Scene, path: string) =>
  site.put(siteRole, { edit: ({ targets }) => Object.assign(targets[assigned]!.custom!, { package: path }) })

const bounded: Row[] = [
  {
    row: 18,
    title: 'delegations in a circle, below which the package is said to stand',
    fault: async (scene) => {
      const { site } = scene
      const { delegations } = site.read('targets').signed
      const [first] = delegations!.roles
      const to = (name: string) => ({
        keys: delegations!.keys,
        roles: [{ ...first!, name, paths: ['models/loop/*'] }],
      })
      await site.put('models-demo', { edit: (s) => Object.assign(s, { delegations: to('models-loop') }) })
      await assignFrom(scene, `models/loop/${id}-1.1.0.ewp`)
    },
    expected: vain(/^machine-failure 1\.1\.0 belongs to models-loop, and there is no such role that holds$/),
    check: expectPlain,
  },
  {
    row: 18,
    title: 'assignments out of 33 families',
    fault: async (scene) => {
      const families = Array.from({ length: 33 }, (_, k) => `x${k}`)
      await delegate(
        scene,
        families.map((family) => `models-${family}`),
        (name) => ({ paths: [`models/${name.slice('models-'.length)}/*`] }),
      )
      await scene.site.put(siteRole, {
        edit: ({ targets }) => {
          const pattern = targets[assigned]!
          for (const model of families) {
            const custom = { ...pattern.custom, model, package: `models/${model}/${model}-1.0.0.ewp` }
            targets[assignmentPath('plant-1', null, model)] = { ...pattern, custom }
          }
        },
      })
    },
    expected: refused(/^3\d delegated roles are wanted, and at most 32 are read$/, { held: ['models-demo'] }),
    check: expectPlain,
  },
  ...['../x', '?'].map(
    (family): Row => ({
      row: 19,
      title: `a family called "${family}": asked for nowhere`,
      fault: async (scene) => {
        await delegate(scene, [`models-${family}`, family])
        await assignFrom(scene, `models/${family}/${id}-1.1.0.ewp`)
      },
      expected: vain(
        /^machine-failure 1\.1\.0 is assigned as "models\/.*-1\.1\.0\.ewp", where no package can stand$/,
      ),
      check: expectPlain,
    }),
  ),
]

/** Row 20: signed for others. */
const others: Row[] = [
  {
    row: 20,
    title: 'a package for other hardware',
    fault: ({ site }) =>
      site.put('models-demo', {
        edit: ({ targets }) => Object.assign(targets[newPackage]!.custom!, { platforms: ['plan9-mips'] }),
      }),
    expected: vain(/^machine-failure 1\.1\.0 is made for plan9-mips, and this machine is \w+-\w+$/),
    check: expectPlain,
  },
  {
    row: 20,
    title: 'a machine at a site that nobody signs for',
    fault: async ({ machine, site, server }) => {
      await machine.trust(site.root(), 'plant-2', server.url, false)
    },
    expected: vain(/^no role site-plant-2 is delegated: nothing is assigned to this site$/),
    check: expectPlain,
  },
  {
    row: 20,
    title: 'a site that assigns to another',
    fault: ({ site }) =>
      site.put(siteRole, {
        edit: ({ targets }) => Object.assign(targets, { [`sites/plant-2/${id}`]: targets[assigned] }),
      }),
    expected: refused(
      /^site-plant-1 version \d+ lists sites\/plant-2\/machine-failure, and site-plant-1 may sign /,
      { held: [siteRole] },
    ),
  },
]

/** Rows 15 to 20 of UPDATES.md. */
export const places: Row[] = [...stolen, cached, ...bounded, ...others]
