import { createHash } from 'node:crypto'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { noPolicy, type Policy, policySchema, type View } from '#core/contracts/update.ts'
import { appRole, modelsRole, policyPath, siteRole, targetFile } from '#core/update/names.ts'
import type { Belief } from './believed.ts'
import { raised, trustedNow } from './clock.ts'
import { refresh } from './metadata/refresh.ts'
import type { RepositorySource } from './source.ts'
import type { Verified, VerifiedRole } from './verified.ts'
import { familyOf, type Place, viewOf } from './view.ts'

/** What a source's metadata comes to, held against one belief; nothing has changed yet. */
export interface CheckedUpdate {
  /** As it would be committed. */
  view: View
  /** What it was held against. */
  before: Belief
  next: Belief
}

/** What a check found. Where `failure` stands, it is how far it could be verified; `view` then is the one before, or lacks a role. */
export interface Outcome {
  before: Belief
  next: Belief
  failure?: EdgewrightError
}

export interface CheckParts {
  place: Place
  /** The machine's clock, epoch ms. */
  now: () => number
}

const policyBytes = 1_000_000
/** From its first byte to its last; packages, which are long, have a least rate instead. */
const policyMs = 60_000

/**
 * Verifies what a source says against what is believed, and computes what it means to this machine. What was verified before
 * something failed is kept (TUF 1.0, 5.3.8 and 5.4.5): a newer root is believed even where nothing new comes with it, and the
 * fault of one family's signers keeps no revocation from this machine.
 */
export async function checkSource(
  source: RepositorySource,
  before: Belief,
  { place, now }: CheckParts,
): Promise<Outcome> {
  const { trusted, verified, partly, failure, failed, forgotTime } = await refresh(before.trusted, source, {
    nowMs: trustedNow(now(), before.floorMs),
    nowWithoutTimestampsMs: trustedNow(now(), 0),
    wanted: (delegated, held) => wanted(delegated, held, place),
  })
  // A desk whose clock was years ahead, or whoever stole its key, would end all new trust for good: a new key begins anew.
  const next: Belief = { ...before, trusted, floorMs: forgotTime ? 0 : before.floorMs }
  const holds = verified ?? partly
  if (!holds) return { before, next, ...(failure && { failure }) }
  try {
    const { policy, sha256 } = await policyOf(holds, source, before)
    const floorMs = raised(next.floorMs, holds.timestamp.issued)
    const view = viewOf(holds, policy, place)
    const own = failed.find(({ role }) => role === siteRole(place.site))?.failure
    if (own) view.problem = `what is assigned to this site cannot be known: ${own.message}`
    return { before, next: { ...next, view, policy: sha256, floorMs }, ...(failure && { failure }) }
  } catch (error) {
    if (!(error instanceof EdgewrightError)) throw error
    return { before, next, failure: error }
  }
}

/** Its site, the desktop app's installers, and the families of what the site assigns. */
function wanted(delegated: readonly string[], held: readonly VerifiedRole[], { site }: Place): string[] {
  const assigned = held.find(({ name }) => name === siteRole(site))?.targets ?? []
  const families = assigned.flatMap(({ custom }) => familyOf(custom['package']) ?? [])
  const names = new Set([siteRole(site), appRole, ...families.map(modelsRole)])
  return delegated.filter((name) => names.has(name))
}

/** Fetched only where it is another one than before. A policy that cannot be read is none that can be trusted. */
async function policyOf(
  { targets }: Verified,
  source: RepositorySource,
  before: Belief,
): Promise<{ policy: Policy; sha256: string | undefined }> {
  const target = targets.targets.find(({ path }) => path === policyPath)
  if (!target) return { policy: noPolicy, sha256: undefined }
  const { sha256, length } = target
  if (sha256 === before.policy && before.view) return { policy: before.view.policy, sha256 }
  if (length > policyBytes) throw refused(`${policyPath} is ${length} bytes long`)
  const { bytes } = await source.target(targetFile(policyPath, sha256), length, 0)
  const late = new EdgewrightError(
    'update-unreachable',
    `${source.name}: ${policyPath} did not come within ${policyMs / 1000} s`,
  )
  const timer = setTimeout(() => bytes.destroy(late), policyMs)
  const pieces: Buffer[] = []
  let got = 0
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      got += piece.length
      if (got > length) throw refused(`${policyPath} is longer than what was signed (${length} bytes)`)
      pieces.push(piece)
    }
  } finally {
    clearTimeout(timer)
  }
  const whole = Buffer.concat(pieces)
  if (createHash('sha256').update(whole).digest('hex') !== sha256)
    throw refused(`${policyPath} is not what was signed: its sha256 is another`)
  return { policy: parsed(whole), sha256 }
}

function parsed(bytes: Buffer): Policy {
  try {
    return policySchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw refused(`${policyPath} was signed, and cannot be understood by this version`, cause)
  }
}

const refused = (why: string, cause?: unknown) => new EdgewrightError('update-refused', why, { cause })
