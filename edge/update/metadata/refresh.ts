import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { EdgewrightError } from '#core/contracts/errors.ts'
import type { RepositorySource } from '../source.ts'
import type { Trusted } from '../trusted.ts'
import type { Verified, VerifiedRole } from '../verified.ts'
import type { Terms } from './chain.ts'
import { readDocument, topRoles } from './document.ts'
import { asFailure, refused } from './refusal.ts'
import { defaultLimits, type Limits, ownRules, type Rules } from './rules.ts'
import { Session } from './session.ts'
import { roleOf, verifiedOf } from './verified-of.ts'

export interface RefreshOptions {
  /** By which expiry is judged; epoch ms. */
  nowMs: number
  /** The same where a root takes a key from timestamp: the machine's clock alone (default: `nowMs`). */
  nowWithoutTimestampsMs?: number
  /**
   * Which of the roles that `targets` delegates are fetched. Asked again once those hold, until it names no new one: what a
   * site assigns can say which families are needed.
   */
  wanted: (delegated: string[], verified: readonly VerifiedRole[]) => string[]
  limits?: Partial<Limits>
  rules?: Rules
}

export interface Change {
  role: string
  /** null: there was none that could be read. */
  from: number | null
  to: number
}

export interface Refreshed {
  /** All that was verified, also where something after it failed. It is the same object where nothing changed. */
  trusted: Trusted
  /** Everything that was wanted holds. */
  complete: boolean
  /** What failed first. */
  failure?: EdgewrightError
  /** There is no root, or it is torn: nothing can be verified until an admin gives this machine its root again. */
  damaged: boolean
  /** A root has taken a key from timestamp: the times that it signed count no more. */
  forgotTime: boolean
  /** Files that are new, from root down. */
  changed: Change[]
  /** One consistent set; only where it is complete. */
  verified?: Verified
  /** The same without the delegated roles that failed: their own signers' fault keeps no policy from this machine. */
  partly?: Verified
  /** Delegated roles that were wanted and do not hold. */
  failed: { role: string; failure: EdgewrightError }[]
}

/**
 * Looks at a repository with what is believed, verifies what is newer and says what to believe from now on. In memory alone:
 * nothing is written, so nothing is left behind, and whoever called commits `trusted` or does not. Never throws.
 */
export async function refresh(
  before: Trusted,
  source: RepositorySource,
  options: RefreshOptions,
): Promise<Refreshed> {
  const terms = termsOf(options)
  let session: Session
  try {
    session = new Session(before, source, terms)
  } catch (error) {
    const failure = asFailure(error)
    return {
      trusted: before,
      complete: false,
      failure,
      damaged: true,
      forgotTime: false,
      changed: [],
      failed: [],
    }
  }
  const failed: Refreshed['failed'] = []
  let failure: EdgewrightError | undefined
  try {
    await session.topLevel()
    await delegated(session, options.wanted, terms.limits, failed)
    failure = failed[0]?.failure
  } catch (error) {
    failure = failed[0]?.failure ?? asFailure(error)
  }
  const { chain } = session
  const trusted = chain.trusted()
  const changed = changes(before, trusted)
  const partly = verifiedOf(chain)
  return {
    trusted: isDeepStrictEqual(before, trusted) ? before : trusted,
    complete: !failure,
    damaged: false,
    forgotTime: chain.forgotTime,
    changed,
    failed,
    ...(failure && { failure }),
    ...(partly && { partly }),
    ...(partly && !failure && { verified: partly }),
  }
}

async function delegated(
  session: Session,
  wanted: RefreshOptions['wanted'],
  limits: Limits,
  failed: Refreshed['failed'],
): Promise<void> {
  const { roles } = session.chain
  const targets = roles.get('targets')
  const names = targets?.signed.delegations?.roles?.map(({ name }) => name) ?? []
  const asked = new Set<string>()
  for (;;) {
    const holding = [...roles.values()].filter((role) => role !== targets).map(roleOf)
    const next = new Set(wanted(names, holding).filter((role) => !asked.has(role)))
    if (next.size === 0) return
    if (asked.size + next.size > limits.delegatedRoles)
      throw refused(
        `${asked.size + next.size} delegated roles are wanted, and at most ${limits.delegatedRoles} are read`,
      )
    for (const role of next) {
      asked.add(role)
      try {
        await session.targets(role, 'targets')
      } catch (error) {
        const failure = asFailure(error)
        failed.push({ role, failure })
        if (failure.code === 'update-unreachable') return // so are the others
      }
    }
  }
}

function changes(before: Trusted, { files }: Trusted): Change[] {
  const ranks: string[] = [...topRoles]
  const rank = (role: string) => (ranks.includes(role) ? ranks.indexOf(role) : ranks.length)
  return Object.entries(files)
    .filter(([role, text]) => before.files[role] !== text)
    .map(([role, text]) => ({ role, from: versionIn(before.files[role]), to: versionIn(text) ?? 0 }))
    .sort((a, b) => rank(a.role) - rank(b.role))
}

const versionSchema = z.object({ signed: z.object({ version: z.int() }) })

function versionIn(text: string | undefined): number | null {
  try {
    return versionSchema.parse(JSON.parse(text ?? '')).signed.version
  } catch {
    return null // torn, or none
  }
}

const termsOf = ({ limits, rules = ownRules, ...when }: Omit<RefreshOptions, 'wanted'>): Terms => ({
  ...when,
  rules,
  limits: { ...defaultLimits, ...limits },
})

export interface Anchored extends VerifiedRole {
  /** sha256 of the text, hex: what two people compare. */
  fingerprint: string
}

/**
 * A root that stands by itself: its own keys have signed it, often enough. Its expiry must be a time, and may be over: newer
 * roots can follow.
 * @throws EdgewrightError update-refused, with the reason in words
 */
export function anchored(text: string): Anchored {
  const reading = { role: 'root', kind: 'root' as const, authorities: [] }
  const root = readDocument(Buffer.from(text), reading, ownRules, defaultLimits)
  if (!root.signed.consistent_snapshot) throw refused(`${root.label} does not promise consistent snapshots`)
  return { ...roleOf(root), fingerprint: createHash('sha256').update(text).digest('hex') }
}
