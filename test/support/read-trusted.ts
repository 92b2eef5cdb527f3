import type { EdgewrightError } from '#core/contracts/errors.ts'
import { Chain } from '#edge/update/metadata/chain.ts'
import { asFailure, refused } from '#edge/update/metadata/refusal.ts'
import { defaultLimits, ownRules } from '#edge/update/metadata/rules.ts'
import { roleOf, verifiedOf } from '#edge/update/metadata/verified-of.ts'
import type { Trusted } from '#edge/update/trusted.ts'
import type { Verified, VerifiedRole } from '#edge/update/verified.ts'

export interface TrustedReading {
  /** null: there is none, or it is torn; `problem` says so. */
  root: VerifiedRole | null
  /** One consistent set; null where a file is missing, torn or of another version than the one above it names. */
  verified: Verified | null
  problem?: EdgewrightError
}

/** What is believed, read again without a network. Its expiry is not looked at: that concerns new trust only. Never throws. */
export function readTrusted(trusted: Trusted): TrustedReading {
  let chain: Chain | undefined
  try {
    chain = new Chain(trusted, { nowMs: 0, rules: ownRules, limits: defaultLimits })
    chain.knownTimestamp()
    const isWhole = chain.timestamp && chain.knownSnapshot() && chain.knownTargets('targets', 'root')
    if (!isWhole)
      throw refused('what this machine believes is not whole: the next refresh fetches what is missing')
    const delegations = chain.roles.get('targets')?.signed.delegations?.roles ?? []
    for (const { name } of delegations)
      if (Object.hasOwn(trusted.files, name)) chain.knownTargets(name, 'targets')
    return { root: roleOf(chain.root), verified: verifiedOf(chain) ?? null }
  } catch (error) {
    return { root: chain ? roleOf(chain.root) : null, verified: null, problem: asFailure(error) }
  }
}
