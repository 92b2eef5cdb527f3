import {
  type Assigned,
  type AssignmentCustom,
  appCustomSchema,
  assignmentCustomSchema,
  type Policy,
  packageCustomSchema,
  type TrustedPackage,
  type View,
} from '#core/contracts/update.ts'
import { appRole, assignmentPath, modelsRole, siteRole } from '#core/update/names.ts'
import type { Verified, VerifiedRole, VerifiedTarget } from './verified.ts'

/** Where this machine belongs, and what it is. */
export interface Place {
  site: string
  /** Where two of its groups are assigned the same model, the first named here counts. */
  groups: readonly string[]
  /** Node's `platform-arch`. */
  platform: string
}

/** What verified metadata means to one machine. Pure. */
export function viewOf(verified: Verified, policy: Policy, place: Place): View {
  const { root, timestamp, snapshot, targets, delegated } = verified
  const roles = [root, timestamp, snapshot, targets, ...delegated]
  const site = delegated.find(({ name }) => name === siteRole(place.site))
  const chain = [root, timestamp, snapshot, targets]
  return {
    versions: Object.fromEntries(roles.map(({ name, version }) => [name, version])),
    expires: Object.fromEntries(chain.map(({ name, expires }) => [name, expires])),
    delegatedExpires: Object.fromEntries(delegated.map(({ name, expires }) => [name, expires])),
    assigned: site
      ? assignments(site, place).map((found) => resolved(found, site, verified, policy, place))
      : [],
    policy,
    ...problemOf(site, place),
    app: delegated
      .filter(({ name }) => name === appRole)
      .flatMap(({ targets: files }) => files.flatMap(appTarget)),
  }
}

/** Why the metadata says nothing, or not all that it means to, to this machine. */
function problemOf(site: VerifiedRole | undefined, { site: name }: Place): { problem?: string } {
  if (!site) return { problem: `no role ${siteRole(name)} is delegated: nothing is assigned to this site` }
  const unread = site.targets.find(({ custom }) => !assignmentCustomSchema.safeParse(custom).success)
  return unread
    ? {
        problem: `what ${site.name} says under ${unread.path} is no assignment that this version understands`,
      }
    : {}
}

/** Of a path such as `models/FAMILY/ID-VERSION.ewp`. */
export const familyOf = (path: unknown): string | undefined =>
  typeof path === 'string' ? /^models\/([a-z0-9-]+)\/[^/]+$/.exec(path)?.[1] : undefined

interface Found {
  target: VerifiedTarget
  custom: AssignmentCustom
  group: string | null
}

/** One per model: a group's comes before the whole site's. */
function assignments(site: VerifiedRole, { site: name, groups }: Place): Found[] {
  const found = new Map<string, Found>()
  for (const group of [...groups, null])
    for (const target of site.targets) {
      const custom = assignmentCustomSchema.safeParse(target.custom)
      if (!custom.success || target.path !== assignmentPath(name, group, custom.data.model)) continue
      if (!found.has(custom.data.model)) found.set(custom.data.model, { target, custom: custom.data, group })
    }
  return [...found.values()]
}

function resolved(
  { target, custom, group }: Found,
  site: VerifiedRole,
  verified: Verified,
  policy: Policy,
  place: Place,
): Assigned {
  const { model, version, activate } = custom
  const assigned = { model, version, activate, group, digest: target.sha256, bytes: target.length }
  const signed = { signedBy: site.signedBy, metadata: site.version }
  const found = packageOf(custom, target, verified)
  const problem = typeof found === 'string' ? found : whyNot(found, policy, place)
  const package_ = typeof found === 'string' || problem !== undefined ? null : found
  return { ...assigned, ...signed, package: package_, ...(problem !== undefined && { problem }) }
}

/** The package that the family's own signers vouch for; else why there is none. A site's key alone brings in no bytes. */
function packageOf(
  custom: AssignmentCustom,
  target: VerifiedTarget,
  { delegated }: Verified,
): TrustedPackage | string {
  const { model, version } = custom
  const family = familyOf(custom.package)
  if (family === undefined)
    return `${model} ${version} is assigned as ${JSON.stringify(custom.package)}, where no package can stand`
  const role = delegated.find(({ name }) => name === modelsRole(family))
  if (!role) return `${model} ${version} belongs to models-${family}, and there is no such role that holds`
  const file = role.targets.find(({ path }) => path === custom.package)
  if (file?.sha256 !== target.sha256 || file.length !== target.length)
    return `the digest that is assigned to ${model} ${version} is not among those that ${role.name} signed`
  const says = packageCustomSchema.safeParse(file.custom)
  if (!says.success || says.data.model !== model || says.data.version !== version)
    return `${role.name} signed these bytes as something else than ${model} ${version}`
  const { release, platforms } = says.data
  const { signedBy, threshold, keys } = role
  return {
    path: file.path,
    model,
    version,
    release,
    digest: file.sha256,
    bytes: file.length,
    signedBy,
    threshold,
    keys,
    ...(platforms && { platforms }),
  }
}

function whyNot(
  { model, version, digest, release, platforms }: TrustedPackage,
  { revoked, minimumRelease }: Policy,
  { platform }: Place,
): string | undefined {
  if (platforms && !platforms.includes(platform))
    return `${model} ${version} is made for ${platforms.join(', ')}, and this machine is ${platform}`
  const stop = revoked.find((one) => one.digest === digest && one.action === 'stop')
  if (stop) return `${model} ${version} was revoked: ${stop.reason}`
  const least = minimumRelease[model] ?? 0
  if (release < least) return `${model} ${version} is release ${release}, and none below ${least} may run`
  return undefined
}

function appTarget({ path, custom, sha256, length }: VerifiedTarget) {
  const says = appCustomSchema.safeParse(custom)
  if (!says.success) return []
  const { version, platform } = says.data
  return [{ path, version, platform, digest: sha256, bytes: length }]
}
