import { noPolicy, type Policy, policySchema } from '#core/contracts/update.ts'
import { policyPath } from '#core/update/names.ts'
import { ownerOf, type PublicKey } from './key.ts'
import { daysField, noteField, type RoleKeys, type Root, type Target, type Targets } from './metadata.ts'

/** What a version of a role changes, in lines for the person who is to sign it. */
export function changesIn(
  signed: Root | Targets,
  before: Root | Targets | null,
  policy?: { text: string | undefined; before: string | undefined },
): string[] {
  const lines =
    signed._type === 'root'
      ? rootChanges(signed, before as Root | null)
      : [
          ...delegationChanges(signed, before as Targets | null),
          ...policyChanges(
            policyOfText(policy?.text),
            policyOfText(policy?.before),
            signed,
            before as Targets | null,
          ),
          ...targetChanges(signed, before as Targets | null),
        ]
  const other = beside(signed, before)
  const expiry =
    before && before.expires === signed.expires
      ? []
      : [`expires ${signed.expires}${before ? `, was ${before.expires}` : ''}`]
  return [
    ...(lines.length + other.length > 0
      ? lines
      : [before ? 'says the same as before' : 'nothing is in it yet']),
    ...other,
    ...expiry,
  ].map(plain)
}

/** Told in words above, or the same in every version. */
const told = new Set(['_type', 'version', 'expires', 'roles', 'keys', 'delegations', 'targets', noteField])

/** What changes beside that, as it stands there; of the first version nothing is a surprise but what the desk never writes. */
function beside(signed: Root | Targets, before: Root | Targets | null): string[] {
  const [now, was] = [signed, before].map((one) => (one ?? {}) as unknown as Record<string, unknown>)
  const usual = before ? [] : ['spec_version', 'consistent_snapshot', daysField]
  return [...new Set([...Object.keys(now!), ...Object.keys(was!)])]
    .filter((name) => !told.has(name) && !usual.includes(name))
    .filter((name) => JSON.stringify(now![name]) !== JSON.stringify(was![name]))
    .map((name) => `${name}: ${inShort(now![name])}${before ? `, was ${inShort(was![name])}` : ''}`)
}

const inShort = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120)

/** On a terminal, control characters and marks of direction could make a line read as another. */
export const plain = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')

export const short = (digest: string): string => `${digest.slice(0, 12)}…`

function rootChanges(root: Root, before: Root | null): string[] {
  const lines = Object.entries(root.roles).flatMap(([role, keys]) =>
    signerChanges(role, keys, root.keys, before?.roles[role as keyof Root['roles']], before?.keys ?? {}),
  )
  const note = root[noteField]
  return note !== undefined && note !== before?.[noteField] ? [...lines, `note: "${note}"`] : lines
}

function delegationChanges(signed: Targets, before: Targets | null): string[] {
  const old = before?.delegations?.roles ?? []
  const now = signed.delegations?.roles ?? []
  const gone = old.filter(({ name }) => !now.some((role) => role.name === name))
  return [
    ...now.flatMap((role) => {
      const was = old.find(({ name }) => name === role.name)
      const paths =
        was && was.paths.join() === role.paths.join() && was.terminating === role.terminating
          ? []
          : [
              `${role.name} signs for ${role.paths.join(', ')}${role.terminating ? '' : ' (and others may, after it)'}`,
            ]
      return [
        ...paths,
        ...signerChanges(
          role.name,
          role,
          signed.delegations?.keys ?? {},
          was,
          before?.delegations?.keys ?? {},
        ),
      ]
    }),
    ...gone.map(({ name }) => `${name} signs no more`),
  ]
}

function signerChanges(
  role: string,
  now: RoleKeys,
  keys: Record<string, PublicKey>,
  was: RoleKeys | undefined,
  oldKeys: Record<string, PublicKey>,
): string[] {
  const name = (id: string, among: Record<string, PublicKey>) =>
    `${among[id] ? ownerOf(among[id]) : 'an unknown key'} (${short(id)})`
  const needs = `${now.threshold} of ${now.keyids.length}`
  if (!was) return [`${role}: ${needs} of ${now.keyids.map((id) => name(id, keys)).join(', ')}`]
  const lines = [
    ...was.keyids
      .filter((id) => !now.keyids.includes(id))
      .map((id) => `${role}: ${name(id, oldKeys)} signs no more`),
    ...now.keyids
      .filter((id) => !was.keyids.includes(id))
      .map((id) => `${role}: ${name(id, keys)} signs from now on`),
  ]
  if (lines.length === 0 && was.threshold === now.threshold) return []
  return [
    ...lines,
    `${role}: ${needs} sign${was.threshold === now.threshold ? '' : `, was ${was.threshold} of ${was.keyids.length}`}`,
  ]
}

function targetChanges(signed: Targets, before: Targets | null): string[] {
  const paths = new Set([...Object.keys(before?.targets ?? {}), ...Object.keys(signed.targets)])
  return [...paths].sort().flatMap((path) => {
    const [now, was] = [signed.targets[path], before?.targets[path]]
    if (path === policyPath || JSON.stringify(now) === JSON.stringify(was)) return []
    const where = /^sites\/(.+)\/[^/]+$/.exec(path)?.[1]
    if (!now)
      return [
        where
          ? `${where}: nothing is assigned any more (was ${what(was!)})`
          : `takes away ${what(was!)} (${path})`,
      ]
    if (!where)
      return [
        `${was ? 'changes' : 'adds'} ${what(now)} (${path}), ${now.length} bytes, sha256 ${now.hashes.sha256}`,
      ]
    const how = now.custom?.['activate'] === 'at-once' ? 'at once' : 'when a technician says so'
    return [`${where}: ${what(now)}, ${how}, sha256 ${now.hashes.sha256}${was ? ` (was ${what(was)})` : ''}`]
  })
}

const what = ({ custom }: Target): string =>
  [custom?.['model'] ?? custom?.['platform'] ?? '', custom?.['version'] ?? ''].join(' ').trim() || 'a file'

const policyOfText = (text: string | undefined): Policy | undefined => {
  if (text === undefined) return undefined
  const parsed = policySchema.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}

function policyChanges(
  now: Policy | undefined,
  old: Policy | undefined,
  signed: Targets,
  before: Targets | null,
): string[] {
  const [digest, was] = [signed, before].map((one) => one?.targets[policyPath]?.hashes.sha256)
  if (digest === was) return []
  if (!now) return [`policy.json changes, and what it says is not known here (sha256 ${digest ?? 'none'})`]
  const earlier = old ?? noPolicy
  const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b)
  return [
    ...now.revoked
      .filter((one) => !earlier.revoked.some((other) => same(one, other)))
      .map(
        ({ digest: of, action, reason }) =>
          `revokes ${of}: ${action === 'stop' ? 'it must not run any more' : 'it runs on, and people are told'} ("${reason}")`,
      ),
    ...earlier.revoked
      .filter(({ digest: of }) => !now.revoked.some((other) => other.digest === of))
      .map(({ digest: of }) => `${of} is revoked no more`),
    ...Object.entries(now.minimumRelease)
      .filter(([model, least]) => earlier.minimumRelease[model] !== least)
      .map(
        ([model, least]) =>
          `${model}: no release below ${least} may run (was ${earlier.minimumRelease[model] ?? 'none'})`,
      ),
    ...Object.keys(earlier.minimumRelease)
      .filter((model) => !(model in now.minimumRelease))
      .map((model) => `${model}: any release may run`),
  ]
}
