import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameSchema } from '#core/contracts/update.ts'
import { appPaths, appRole, modelsPaths, modelsRole, sitePaths, siteRole } from '#core/update/names.ts'
import { namesIn } from './files.ts'
import { keyId, ownerOf, type PublicKey, publicKeySchema } from './key.ts'
import {
  type Days,
  type Delegation,
  daysField,
  type Envelope,
  expiresAfter,
  noteField,
  type RoleKeys,
  type Root,
  specVersion,
  type Targets,
} from './metadata.ts'
import { emptyLive, type OfflineMetadata, type Repository } from './repository.ts'

const roleSchema = z.strictObject({
  keys: z.array(publicKeySchema).min(1).max(32),
  threshold: z.int().min(1).optional(),
})

/** Who signs what in a new repository. */
export const planSchema = z.strictObject({
  root: roleSchema,
  targets: roleSchema,
  snapshot: roleSchema,
  timestamp: roleSchema,
  /** Families of models, and sites, by name. */
  families: z.record(nameSchema, roleSchema).default({}),
  sites: z.record(nameSchema, roleSchema).default({}),
  /** Installers of the desktop app. */
  app: roleSchema.optional(),
  /** Days until the metadata of a role expires; delegated roles as `targets`. */
  days: z
    .strictObject({
      root: z.int().min(1).max(3650),
      targets: z.int().min(1).max(3650),
      snapshot: z.int().min(1).max(3650),
      timestamp: z.int().min(1).max(3650),
    })
    .partial()
    .optional(),
  /** Why a threshold is lower than usual. Without it, none may be; it stands in root, signed. */
  note: z.string().trim().min(1).max(500).optional(),
})
export type Plan = z.input<typeof planSchema>
export type PlanRole = z.infer<typeof roleSchema>

/** How many signatures are usual; a lower number needs a note. */
export const usualThreshold = (role: string): number =>
  role === 'root' ? 3 : role === 'targets' || role.startsWith('models-') || role === appRole ? 2 : 1

/**
 * Root and targets are signed by people who have to meet: once a year. Snapshot and timestamp are signed by a machine every
 * day; 45 days is how long a machine without a network, or a stick in a drawer, goes on to trust what it has.
 */
export const usualDays: Days = { root: 365, targets: 365, snapshot: 45, timestamp: 45 }

/**
 * A new repository, all of it pending: `signPending` and `settle` bring it live.
 * @throws EdgewrightError repository-refused: thresholds that cannot be met or are low without a note, a key for two duties
 */
export async function initRepository(dir: string, input: Plan, nowMs: number): Promise<Repository> {
  if ((await namesIn(dir)).some((name) => ['metadata', 'targets', 'pending'].includes(name)))
    throw new EdgewrightError('repository-refused', `there is a repository in ${dir} already`, {
      hint: 'Choose an empty folder.',
    })
  const plan = planSchema.parse(input)
  const delegations: [string, PlanRole, string[]][] = [
    ...Object.entries(plan.families).map(
      ([family, role]) =>
        [modelsRole(family), role, modelsPaths(family)] satisfies [string, PlanRole, string[]],
    ),
    ...Object.entries(plan.sites).map(
      ([site, role]) => [siteRole(site), role, sitePaths(site)] satisfies [string, PlanRole, string[]],
    ),
  ]
  if (plan.app) delegations.push([appRole, plan.app, appPaths])
  const { root, targets, snapshot, timestamp } = plan
  const all = { root, targets, snapshot, timestamp }
  separateKeys(all, delegations)
  for (const [role, { keys, threshold }] of [...Object.entries(all), ...delegations])
    checkThreshold(role, keys, threshold ?? usualThreshold(role), plan.note)

  const days: Days = {
    ...usualDays,
    ...(Object.fromEntries(Object.entries(plan.days ?? {})) as Partial<Days>),
  }
  const common = (kind: 'root' | 'targets') => ({
    spec_version: specVersion,
    version: 1,
    expires: expiresAfter(nowMs, days[kind]),
  })
  const rootMetadata: Root = {
    _type: 'root',
    ...common('root'),
    consistent_snapshot: true,
    keys: byId(Object.values(all).flatMap(({ keys }) => keys)),
    roles: {
      root: roleKeys('root', root),
      targets: roleKeys('targets', targets),
      snapshot: roleKeys('snapshot', snapshot),
      timestamp: roleKeys('timestamp', timestamp),
    },
    [daysField]: days,
    ...(plan.note !== undefined && { [noteField]: plan.note }),
  }
  const empty = (): Targets => ({ _type: 'targets', ...common('targets'), targets: {} })
  const targetsMetadata: Targets = {
    ...empty(),
    delegations: {
      keys: byId(delegations.flatMap(([, { keys }]) => keys)),
      roles: delegations.map(([name, role, paths]) => delegation(name, role, paths)),
    },
  }
  return {
    dir,
    live: emptyLive(),
    pending: new Map<string, OfflineMetadata>([
      ['root', unsigned(rootMetadata)],
      ['targets', unsigned(targetsMetadata)],
      ...delegations.map(([name]) => [name, unsigned(empty())] as [string, OfflineMetadata]),
    ]),
    newTargets: new Map(),
  }
}

const unsigned = <S extends Root | Targets>(signed: S): Envelope<S> => ({ signed, signatures: [] })

const byId = (keys: PublicKey[]) => Object.fromEntries(keys.map((key) => [keyId(key), key]))

const roleKeys = (name: string, { keys, threshold }: PlanRole): RoleKeys => ({
  keyids: [...new Set(keys.map(keyId))],
  threshold: threshold ?? usualThreshold(name),
})

export const delegation = (name: string, role: PlanRole, paths: string[]): Delegation => ({
  name,
  ...roleKeys(name, role),
  // What these paths name is decided here and nowhere after it (TUF 1.0, section 4.5).
  terminating: true,
  paths,
})

/** @throws EdgewrightError repository-refused */
export function checkThreshold(
  role: string,
  keys: PublicKey[],
  threshold: number,
  note: string | undefined,
): void {
  const people = new Set(keys.map(({ keyval }) => keyval.public)).size
  if (threshold > people)
    throw new EdgewrightError(
      'repository-refused',
      `${role} needs ${threshold} signatures, and only ${people} keys may sign it`,
      { hint: 'Name more keys, or a lower threshold and a note that says why.' },
    )
  if (threshold < usualThreshold(role) && note === undefined)
    throw new EdgewrightError(
      'repository-refused',
      `${role} would be signed by ${threshold}, and ${usualThreshold(role)} is usual: one stolen key would be enough to do harm`,
      {
        hint: 'Raise the threshold, or say why it is low: --note "…"; it stands in the signed root for all to read.',
      },
    )
}

/** The keys that lie on a machine with a network sign nothing that people sign, and each of them one thing only. */
function separateKeys(all: Record<string, PlanRole>, delegations: [string, PlanRole, string[]][]): void {
  const duties = new Map<string, string>()
  for (const role of ['snapshot', 'timestamp', 'root', 'targets', ...delegations.map(([name]) => name)])
    for (const key of (all[role] ?? delegations.find(([name]) => name === role)![1]).keys) {
      const other = duties.get(key.keyval.public)
      if (other && other !== role)
        throw new EdgewrightError(
          'repository-refused',
          `the key of ${ownerOf(key)} is to sign ${other} and ${role}, and online keys sign one thing only`,
          { hint: 'Make a key for each: edgewright keys create FILE --owner NAME.' },
        )
      if (role === 'snapshot' || role === 'timestamp') duties.set(key.keyval.public, role)
    }
}
