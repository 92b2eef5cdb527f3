import { z } from 'zod'
import { type AppTarget, updatesSchema, viewSchema } from '#core/contracts/update.ts'

/** What the runtime says of its trust (`GET /api/updates`), as far as an update of the app needs it. */
export const trustFactsSchema = z.object({
  trust: updatesSchema.shape.trust,
  view: viewSchema.pick({ app: true, expires: true }).nullable(),
})
export type TrustFacts = z.infer<typeof trustFactsSchema>

/** The app that asks. `platform`: Node's `platform-arch`, as in the metadata. */
export interface ThisApp {
  version: string
  platform: string
}

/** A whole file: `sha256` in hex, its size in bytes. */
export interface FileFacts {
  sha256: string
  bytes: number
}

export type Vouched = { vouched: true; targets: readonly AppTarget[] } | { vouched: false; why: string }
export type Judgement = { install: true; version: string } | { install: false; why: string }

const refused = (why: string) => ({ vouched: false as const, why })

/**
 * The installers that trusted metadata names for this machine: of `version`, which a server offers, or of whatever is newer
 * than this app where it is absent (a file from a stick). `facts` undefined: the runtime could not be asked.
 *
 * --allow-unsigned plays no part. It lets in packages, whose bytes only a lane reads; an update replaces the app and the
 * runtime that keep those lanes, so nothing but signed metadata vouches for it.
 */
export function vouchedFor(facts: TrustFacts | undefined, app: ThisApp, version?: string): Vouched {
  if (!facts) return refused('the runtime cannot be asked which version is vouched for')
  if (facts.trust === 'none')
    return refused('this machine was given no root, so nobody vouches for an update of the app')
  if (facts.trust === 'damaged')
    return refused('what this machine trusted is lost; an admin must give it the root again')
  if (facts.trust === 'expired')
    return refused(
      `trusted metadata has expired${endOf(facts)}, and nothing new is trusted until newer comes`,
    )
  const named = facts.view?.app ?? []
  if (named.length === 0) return refused('no trusted metadata names an installer of the app')
  if (version !== undefined && !isNewer(version, app.version))
    return refused(`version ${version} is not newer than this one, ${app.version}`)
  const wanted = named.filter((target) =>
    version === undefined ? isNewer(target.version, app.version) : target.version === version,
  )
  if (wanted.length === 0)
    return refused(
      version === undefined
        ? `trusted metadata names no version newer than this one, ${app.version}`
        : `no trusted metadata vouches for version ${version}`,
    )
  const targets = wanted.filter(({ platform }) => platform === app.platform)
  const others = [...new Set(wanted.map(({ platform }) => platform))].sort().join(', ')
  return targets.length > 0
    ? { vouched: true, targets }
    : refused(`trusted metadata vouches for ${others} only, and this machine is ${app.platform}`)
}

/** Whether a file is one of those that are vouched for, to the last byte. */
export function judgeFile(vouched: Vouched, { sha256, bytes }: FileFacts): Judgement {
  if (!vouched.vouched) return { install: false, why: vouched.why }
  const { targets } = vouched
  const versions = [...new Set(targets.map(({ version }) => version))].sort().join(', ')
  const found = targets.find(({ digest }) => digest === sha256)
  if (!found)
    return {
      install: false,
      why: targets.some((target) => target.bytes === bytes)
        ? `the file is as long as that of version ${versions}, but not the one that trusted metadata names`
        : `the file (${bytes} bytes) is not the one that trusted metadata names for version ${versions}`,
    }
  if (found.bytes !== bytes)
    return { install: false, why: `the file has ${bytes} bytes, and trusted metadata says ${found.bytes}` }
  return { install: true, version: found.version }
}

const endOf = ({ view }: TrustFacts) => {
  const first = Object.values(view?.expires ?? {}).sort()[0]
  return first === undefined ? '' : ` (${first})`
}

/** Semantic versioning's order (semver.org, item 11). */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [partsOf(version), partsOf(than)]
  for (const [k, part] of a.core.entries()) {
    const other = b.core[k] ?? 0
    if (part !== other) return part > other
  }
  if (a.pre.length === 0 || b.pre.length === 0) return a.pre.length === 0 && b.pre.length > 0
  for (const [k, part] of a.pre.entries()) {
    const other = b.pre[k]
    if (other === undefined) return true
    if (part !== other) return isAfter(part, other)
  }
  return false
}

function isAfter(part: string, other: string): boolean {
  const [number, otherNumber] = [/^\d+$/.test(part), /^\d+$/.test(other)]
  if (number && otherNumber) return Number(part) > Number(other)
  return number === otherNumber ? part > other : otherNumber
}

function partsOf(version: string): { core: number[]; pre: string[] } {
  const [core = '', ...pre] = (version.split('+')[0] ?? '').split('-')
  return { core: core.split('.').map(Number), pre: pre.length === 0 ? [] : pre.join('-').split('.') }
}
