import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '#central/registry/key.ts'
import type { Signed } from '#central/registry/metadata.ts'
import type { SignedSite } from '#support/signed-site.ts'
import { type KeptSite, keptSite } from './kept-site.ts'
import { expectRefused, expectWhole, machine, upToDate } from './machine.ts'

/** Rows of the fault table that concern metadata alone: what is believed afterwards, and the reason given. */

let kept: KeptSite
let site: SignedSite
beforeAll(async () => {
  kept = await keptSite()
  site = kept.site
})
afterEach(() => kept.restore())
afterAll(() => site.remove())

const versionOf = (role: string): number => site.read(role).signed.version
const expires = (text: string) => (signed: Signed) => {
  signed.expires = text
}

describe('row 9: nothing goes back', () => {
  /** Signed properly, by keys that were stolen. */
  const back = {
    timestamp: () => site.put('timestamp', { version: 1 }),
    snapshot: () => site.put('snapshot', { version: 1 }),
    targets: () => site.put('targets', { version: 1 }),
    'models-demo': () => site.put('models-demo', { version: 1 }),
  }
  const why = /that goes back, for this machine has believed (\S+) version \d+ already$/
  describe.each(Object.keys(back) as (keyof typeof back)[])('%s', (role) => {
    it.each(['whole', 'torn', 'gone'])('where what is here is %s', async (state) => {
      for (const each of ['models-demo', 'targets']) await site.put(each)
      const at = await upToDate(site)
      if (state !== 'whole')
        for (const one of Object.keys(at.trusted.files))
          if (one !== 'root') {
            if (state === 'gone') delete at.trusted.files[one]
            else at.trusted.files[one] = at.trusted.files[one]!.slice(0, 100)
          }
      const before = at.trusted
      await back[role]()
      const found = await at.look()
      expectRefused(found, before, { why, held: [role] })
      expect(found.failure?.message).toContain(`believed ${role} version`)
    })
  })

  it('a root below its mark leads to nothing', async () => {
    await site.rotate('targets')
    const at = machine(site)
    at.trusted = { files: { root: site.root(1) }, marks: { root: 3 } }
    const found = await at.look()
    expect(found.failure?.message).toMatch(/^root version 2: that goes back/)
    expect(at.trusted.marks['root']).toBe(3)
    expect(Object.keys(at.trusted.files)).toEqual(['root'])
  })
})

it.each(['whole', 'gone'])(
  'row 10: a role that leaves the snapshot is refused (files: %s)',
  async (state) => {
    const at = await upToDate(site)
    if (state === 'gone') at.trusted.files = { root: at.trusted.files['root']! }
    const before = at.trusted
    await site.put('snapshot', { edit: ({ meta }) => delete meta['models-demo.json'] })
    expectRefused(await at.look(), before, {
      why: /^snapshot version \d+ leaves out models-demo, which this machine has seen at version 2$/,
      held: ['snapshot', 'models-demo'],
    })
  },
)

describe('row 11: fast-forward', () => {
  it.each(['timestamp', 'snapshot'] as const)('recovers when the key of %s is rotated', async (rotated) => {
    const genuine = { timestamp: versionOf('timestamp'), snapshot: versionOf('snapshot') }
    await site.put('snapshot', { version: 1_000 })
    await site.put('timestamp', { version: 9_000 })
    const at = await upToDate(site)
    expect(at.trusted.marks).toMatchObject({ timestamp: 9_000, snapshot: 1_000 })
    // the desk goes on from where it was
    const slow = async () => {
      await site.put('snapshot', { version: genuine.snapshot + 1 })
      await site.put('timestamp', { version: genuine.timestamp + 1 })
    }
    await slow()
    const before = at.trusted
    expectRefused(await at.look(), before, { why: /goes back/, held: ['timestamp', 'snapshot'] })
    await site.rotate(rotated)
    kept.rename('1000.snapshot.json', 'old')
    await slow()
    expectWhole(await at.look())
    expect(at.trusted.marks).toMatchObject({
      root: 2,
      timestamp: genuine.timestamp + 1,
      snapshot: genuine.snapshot + 1,
    })
  })

  it('a key that is only added takes no mark away', async () => {
    await site.put('timestamp', { version: 9_000 })
    const at = await upToDate(site)
    const before = at.trusted
    const more = createKey('timestamp-2')
    await site.put('root', {
      edit: (root) => {
        root.keys[more.id] = more.public
        root.roles.timestamp.keyids.push(more.id)
      },
    })
    await site.put('timestamp', { version: 5 })
    expectRefused(await at.look(), before, {
      why: /^timestamp version 5: that goes back/,
      held: ['timestamp'],
    })
    expect(at.trusted.marks['root']).toBe(2)
  })
})

describe('row 12: hash or version mix', () => {
  it.each(['targets', 'models-demo'])('%s is another file than snapshot names', async (role) => {
    const at = await upToDate(site)
    const before = at.trusted
    await site.put(role)
    await site.put(role, {
      version: versionOf(role),
      edit: expires('2098-01-01T00:00:00Z'),
      follow: false,
    })
    const why = new RegExp(
      `^${role} version \\d+ (is not the file that snapshot version \\d+ names|is \\d+ bytes long)`,
    )
    expectRefused(await at.look(), before, { why, held: [role] })
  })

  it('snapshot is of another version than timestamp names', async () => {
    const at = await upToDate(site)
    const before = at.trusted
    const version = versionOf('snapshot')
    await site.put('timestamp', {
      edit: ({ meta }) => {
        meta['snapshot.json'] = { version: version + 1 } as (typeof meta)['snapshot.json']
      },
    })
    kept.rename(`${version}.snapshot.json`, `${version + 1}.snapshot.json`)
    const why = new RegExp(
      `^snapshot version ${version} was found where timestamp version \\d+ names version ${version + 1}$`,
    )
    const found = await at.look()
    expect(found.failure?.message).toMatch(why)
    expect(found.trusted.files['snapshot']).toBe(before.files['snapshot'])
  })

  it('a file that is named and not there is worth another try', async () => {
    const at = await upToDate(site)
    await site.put('targets')
    const name = `${versionOf('targets')}.targets.json`
    kept.rename(name, 'hidden')
    const found = await at.look()
    expect(found.failure?.code).toBe('update-unreachable')
    expect(found.failure?.message).toMatch(/has no \d+\.targets\.json, and snapshot version \d+ names it$/)
    kept.rename('hidden', name)
    expectWhole(await at.look())
  })
})

describe('row 13: expired', () => {
  it.each(['root', 'timestamp', 'snapshot', 'targets', 'models-demo'])(
    '%s brings no new trust',
    async (role) => {
      const at = await upToDate(site)
      const before = at.trusted
      await site.put(role, { edit: expires('2026-01-01T00:00:00Z') })
      const found = await at.look({ nowMs: Date.parse('2026-01-01T00:00:00Z') })
      expectRefused(found, before, {
        code: 'update-expired',
        why: new RegExp(
          `^${role} version \\d+ ended on 2026-01-01T00:00:00Z; by the clock of this machine it is 2026`,
        ),
        held: role === 'root' ? ['timestamp', 'snapshot', 'targets'] : [role],
      })
      // a newer root is believed although it is over (TUF 1.0, 5.3.10): one that follows can lead on
      if (role === 'root') expect(found.trusted.marks['root']).toBe(2)
    },
  )

  it('what is here ends too, though nothing new has come', async () => {
    const at = await upToDate(site)
    const before = at.trusted
    const found = await at.look({ nowMs: site.nowMs + 46 * 86_400_000 })
    expectRefused(found, before, { code: 'update-expired', why: /^timestamp version/, held: ['timestamp'] })
    expect(found.trusted).toBe(before)
  })
})

describe('row 14: malformed expiry', () => {
  const wrong = ['garbage', 'never', '', '2030-02-31T00:00:00Z', '2030-01-01T00:00:00+00:00', '2030-01-01']
  it.each(wrong)('"%s" in targets', async (text) => {
    const at = await upToDate(site)
    const before = at.trusted
    await site.put('targets', { edit: expires(text) })
    expectRefused(await at.look(), before, {
      why: /^targets version \d+ is malformed: expires: ".*" is no time \(RFC 3339, in UTC\)$/,
      held: ['targets'],
    })
  })

  it.each(['root', 'timestamp', 'snapshot', 'site-plant-1'])('"garbage" in %s', async (role) => {
    const at = await upToDate(site)
    const before = at.trusted
    await site.put(role, { edit: expires('garbage') })
    expectRefused(await at.look(), before, { why: /"garbage" is no time/, held: [role] })
  })
})

it('row 15: a site’s key that signs a path of models brings nothing in', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  await site.put('site-plant-1', {
    edit: ({ targets }) => {
      targets['models/demo/m-2.0.0.ewp'] = Object.values(targets)[0]!
    },
  })
  const found = await at.look()
  expectRefused(found, before, {
    why: /^site-plant-1 version \d+ lists models\/demo\/m-2\.0\.0\.ewp, and site-plant-1 may sign sites\/plant-1\/\*, sites\/plant-1\/\*\/\* only$/,
    held: ['site-plant-1'],
  })
  // the others go on: a site’s own fault keeps no revocation from the machine
  expect(found.partly?.delegated.map(({ name }) => name)).toEqual(expect.arrayContaining(['models-demo']))
  expect(found.failed.map(({ role }) => role)).toEqual(['site-plant-1'])
})

it('row 16: a role that is here already is held against who delegates it now', async () => {
  const at = await upToDate(site)
  const [one, two] = [createKey('stranger-1'), createKey('stranger-2')]
  await site.put('targets', {
    edit: ({ delegations }) => {
      const role = delegations!.roles.find(({ name }) => name === 'models-demo')!
      for (const key of [one, two]) delegations!.keys[key.id] = key.public
      role.keyids = [one.id, two.id]
    },
  })
  const found = await at.look()
  expect(found.failure?.message).toMatch(
    /^models-demo version 2 is signed by 0 of the 2 different keys that targets version \d+ asks for$/,
  )
  expect(found.partly?.delegated.map(({ name }) => name)).not.toContain('models-demo')
})

describe('row 18: delegations are bounded', () => {
  it('that go in a circle', async () => {
    const at = await upToDate(site)
    const { delegations } = site.read('targets').signed
    await site.put('models-demo', {
      edit: (s) => {
        s.delegations = structuredClone(delegations!)
      },
    })
    expectWhole(await at.look({ wanted: (names) => [...names, ...names] }))
    expect(at.asked.filter((file) => file.includes('models-demo'))).toHaveLength(1)
  })

  it('of which more than 32 are wanted', async () => {
    const at = await upToDate(site)
    await site.put('targets', {
      edit: ({ delegations }) => {
        const [first] = delegations!.roles
        for (let k = 0; k < 30; k += 1) delegations!.roles.push({ ...first!, name: `models-x${k}` })
      },
    })
    const found = await at.look()
    expect(found.failure?.message).toBe('33 delegated roles are wanted, and at most 32 are read')
    expect(at.asked.filter((file) => file.includes('models-'))).toEqual([])
  })

  it('that stand one after the other in `wanted`', async () => {
    const at = await upToDate(site)
    let round = 0
    const found = await at.look({
      wanted: () => {
        round += 1
        return [`models-${round}`]
      },
    })
    expect(found.failure?.message).toMatch(/delegates nothing to models-1$|does not list models-1$/)
    expect(round).toBe(33)
  })
})

it.each(['../x', '?', '..%2f', '/etc/passwd', 'A', 'x.json', ''])(
  'row 19: a role called "%s" is asked for nowhere',
  async (name) => {
    const at = await upToDate(site)
    await site.put('targets', {
      edit: ({ delegations }) => void delegations!.roles.push({ ...delegations!.roles[0]!, name }),
    })
    await site.put('snapshot', {
      edit: ({ meta }) => {
        meta[`${name}.json`] = { ...meta['targets.json']!, version: 1 }
      },
    })
    const found = await at.look()
    expect(found.failed).toHaveLength(1)
    expect(found.failure?.message).toBe(`${JSON.stringify(name)} is no name that a role may have`)
    const plain = /^(\d+\.)?(root|timestamp|snapshot|targets|app|models-demo|site-plant-1)\.json$/
    expect(at.asked.filter((file) => !plain.test(file))).toEqual([])
  },
)
