import type {
  Deployed,
  RegistryModel,
  RegistryVersion,
  RegistryVersionDetail,
  RepositoryStatus,
  Signing,
  Where,
} from '#core/contracts/registry.ts'

const at = '2026-11-20T09:00:00Z'
const title = { en: 'Milling failure', de: 'Fräsausfall' }

export const version = (name: string, release: number): RegistryVersion => ({
  ...{
    model: 'milling',
    version: name,
    release,
    digest: String(release).repeat(64),
    bytes: 4_194_304,
    family: 'milling',
  },
  ...{ state: 'published', title, proposedAt: at, proposedBy: 'M. Sato' },
  ...{ publishedAt: at, signedBy: ['A. Berg', 'M. Sato'], threshold: 2, keys: 3, lacks: null, aliases: [] },
  ...{ retireAt: null, deprecated: null, revoked: null, running: 24 },
})

export const model = (): RegistryModel => ({
  ...{ model: 'milling', title, owner: 'A. Berg' },
  ...{
    newest: { version: '1.2.0', release: 5, publishedAt: at },
    versions: 6,
    proposed: 1,
    running: 241,
    nextRetirement: { version: '1.0.4', at: '2026-12-18T00:00:00Z' },
  },
  aliases: [alias('development', '1.2.0'), alias('staging', '1.1.0'), alias('production', '1.0.4')],
})

const alias = (name: string, to: string) => ({
  ...{ alias: name, version: to, digest: '3'.repeat(64), since: at, by: 'A. Berg', reason: 'As agreed' },
})

/** One of each state, highest release first. */
export const versions = (): RegistryVersion[] => [
  {
    ...version('1.3.0', 6),
    ...{ state: 'proposed', title: null, publishedAt: null, signedBy: ['A. Berg'], running: 0 },
    lacks: 'models-milling lacks one more signature of M. Sato or T. Okafor',
  },
  { ...version('1.2.0', 5), aliases: ['development'], running: 0 },
  { ...version('1.1.0', 4), aliases: ['staging'], running: 42 },
  {
    ...version('1.0.4', 3),
    ...{ state: 'deprecated', aliases: ['production'], running: 199 },
    deprecated: { reason: '1.1.0 takes its place', by: 'M. Sato', at },
    retireAt: { at: '2026-12-18T00:00:00Z', from: 'central' },
  },
  {
    ...version('1.0.3', 2),
    ...{ state: 'revoked', running: 0 },
    revoked: { action: 'stop', reason: 'Torque was read in the wrong unit', since: at },
  },
]

const site = (name: string, of: string, machines: number): Where => ({
  ...{ site: name, version: of, digest: '3'.repeat(64), slot: 'running', machines },
})
export const where: Where[] = [
  site('aalborg', '1.1.0', 9),
  site('aalborg', '1.0.4', 34),
  site('brno', '1.1.0', 9),
  site('brno', '1.0.4', 34),
  site('essen', '1.0.4', 42),
]

const card = `# Milling failure

Estimates whether the next minute of a mill ends in a failure. **Not** for lathes.

## Trained on

- [AI4I 2020](https://archive.ics.uci.edu/dataset/601), 10,000 rows
- torque in \`N.m\`, not <script>alert(1)</script>

| group | n | recall |
| --- | --- | --- |
| tool wear | 46 | 0.91 |
| overstrain | 98 | 0.88 |

> Look at it again after a change of tools.
`

const feature = (name: string, en: string, de: string, unit: string) => ({ name, title: { en, de }, unit })

export const versionDetail = (of: RegistryVersion): RegistryVersionDetail => ({
  ...of,
  manifest:
    of.state === 'proposed'
      ? null
      : {
          purpose: {
            en: 'Warns of a failing mill a minute ahead.',
            de: 'Warnt eine Minute vorher vor einem Ausfall.',
          },
          notFor: { en: 'Lathes; stopping a machine by itself.', de: 'Drehbänke; selbsttätiges Anhalten.' },
          trainedOn: {
            data: 'AI4I 2020, sha256 5b1d…, split by machine',
            pipeline: 'https://ci.example/runs/418',
          },
          people: {
            owner: { name: 'A. Berg', contact: 'berg@example.com' },
            approver: { name: 'T. Okafor' },
          },
          success: [{ metric: 'Recall of failures', target: 'at least 0.85' }],
          guardrails: [],
          ...{ privacy: null, retireAt: null, retentionDays: 30 },
          features: [
            feature('air_temperature', 'Air temperature', 'Lufttemperatur', 'K'),
            feature('torque', 'Torque', 'Drehmoment', 'N.m'),
            feature('rotational_speed', 'Speed', 'Drehzahl', '/min'),
            feature('tool_wear', 'Tool wear', 'Werkzeugverschleiß', 'min'),
          ],
        },
  card: of.state === 'proposed' ? null : card,
  problem: null,
  approvals: of.signedBy.map((by, i) => ({ by, keyId: String(i + 1).repeat(64), at, broughtBy: 'M. Sato' })),
  replaces: of.version === '1.2.0' ? '1.1.0' : null,
  where: of.running > 0 ? where.filter((each) => each.version === of.version) : [],
})

export const signing = (): Signing => ({
  roles: [
    {
      ...{ role: 'models-milling', version: 12, digest: 'c'.repeat(64), threshold: 2 },
      changes: ['adds milling 1.3.0 (release 6, 4.0 MB)'],
      ...{ have: ['A. Berg'], signers: ['A. Berg', 'M. Sato', 'T. Okafor'] },
      lacks: 'one more signature of M. Sato or T. Okafor',
    },
  ],
})

export const repository = (): RepositoryStatus => ({
  ...{ exists: true, problem: null, families: ['milling', 'presses'], sites: ['aalborg', 'brno', 'cork'] },
  ...{ packages: 6, fingerprint: 'd'.repeat(64), artefacts: 'files' },
  roles: [
    { role: 'root', version: 2, expires: '2027-11-20T09:00:00Z', expiresInDays: 361.8 },
    { role: 'models-milling', version: 11, expires: '2027-01-04T09:00:00Z', expiresInDays: 41.4 },
    { role: 'timestamp', version: 318, expires: '2026-11-27T09:00:00Z', expiresInDays: 2.8 },
  ],
})

export const deployed = (): Deployed[] =>
  Array.from({ length: 14 }, (_, i) => ({
    ...{ device: String(i % 10).repeat(64), machine: `Mill ${i + 1}`, site: i < 7 ? 'aalborg' : 'brno' },
    ...{ version: i % 3 === 0 ? '1.1.0' : '1.0.4', digest: '4'.repeat(64), from: at },
    ...(i % 4 === 3 ? { to: '2026-11-22T11:20:00Z', ended: 'rolled-back' } : { to: null, ended: null }),
    ...{ by: 'M. Keller (technician)', reason: 'rollout 7, group Early' },
  }))
