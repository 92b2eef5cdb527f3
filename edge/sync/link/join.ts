import { ownGroup } from '#core/contracts/device-state.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type EnrolAnswer,
  type EnrolRequest,
  enrolAnswerSchema,
  type JoinCode,
} from '#core/contracts/sync.ts'
import type { DeviceKey } from '../../audit/device-key.ts'
import type { RepositorySource } from '../../update/source.ts'
import type { Updates } from '../../update/updates.ts'
import type { CentralAnswer } from '../client.ts'
import { enrolProof } from './assertion.ts'
import { ask, type Fetch, nonceIn, refusalOf, unreachable } from './line.ts'
import { type FoundRoot, publishedRoots, rootFor } from './root-of.ts'
import { rooted } from './token-client.ts'

export interface JoinParts {
  updates: Pick<Updates, 'status' | 'trust' | 'move'>
  machine: () => string
  openSource: (address: string, signal: AbortSignal) => RepositorySource
  fetch: Fetch
  now: () => number
  randomUUID: () => string
}

const deadlineMs = 30_000
const rootsDeadlineMs = 120_000

/** Where a central publishes its signed repository. */
export const repositoryAt = (url: string): string => `${rooted(url)}/repository/`

/** The groups of a machine, its own first: of two that are assigned the same model, the first named counts. */
export const groupsOf = (device: string, groups: readonly string[]): string[] => {
  const own = ownGroup(device)
  return [own, ...groups.filter((group) => group !== own)].slice(0, 32)
}

/**
 * Everything that must not be true only afterwards comes first: the root is looked at before the token is spent. What central
 * answered holds; the root is anchored then. Asked again with the same code and key, central answers the same.
 * @throws EdgewrightError join-refused, trust-exists, central-unreachable, update-unreachable
 */
export async function join(
  code: JoinCode,
  key: DeviceKey,
  { by, recover, signal }: { by: string; recover: boolean; signal: AbortSignal },
  parts: JoinParts,
): Promise<EnrolAnswer> {
  const { updates } = parts
  const root = await rootOf(code, recover, signal, parts)
  const answer = await enrolled(code, key, signal, parts)
  const { site } = answer
  const groups = groupsOf(answer.device, answer.groups)
  const source = repositoryAt(code.url)
  // Where it stands already, and what it believes already, are left alone: anew, they would take away what a version under way is
  // assigned by.
  const here = updates.status()
  const isThere = here.site === site && here.source === source && `${here.groups}` === `${groups}`
  const isBelieved = !root || (here.trust !== 'damaged' && here.root?.fingerprint === root.fingerprint)
  if (isThere && isBelieved) return answer
  if (root) await updates.trust({ root: root.text, site, groups, source, recover }, by)
  else await updates.move({ site, groups, source }, by)
  return answer
}

async function rootOf(
  code: JoinCode,
  recover: boolean,
  signal: AbortSignal,
  { updates, openSource }: JoinParts,
): Promise<FoundRoot | undefined> {
  if (code.root === null) return undefined
  const { trust, root } = updates.status()
  if (trust === 'damaged' && !recover)
    throw new EdgewrightError('trust-exists', 'this machine believed a root before, and lost it', {
      hint: 'To believe the root that the join code names from now on: edgewright enrol CODE --recover.',
    })
  const within = AbortSignal.any([signal, AbortSignal.timeout(rootsDeadlineMs)])
  const roots = await publishedRoots(openSource(repositoryAt(code.url), within))
  return rootFor(code.root, roots, root?.fingerprint, recover)
}

async function enrolled(
  code: JoinCode,
  key: DeviceKey,
  signal: AbortSignal,
  parts: JoinParts,
): Promise<EnrolAnswer> {
  let answer = await asked(code, key, undefined, signal, parts)
  const clock = nonceIn(answer)
  if (clock) answer = await asked(code, key, clock.nonce, signal, parts)
  if (answer.status !== 200 && answer.status !== 201) throw refusalOf(answer, 'join-refused')
  const parsed = enrolAnswerSchema.safeParse(answer.body)
  if (!parsed.success) throw unreachable('what answers there is not central (no enrolment in its answer)')
  if (parsed.data.device !== key.device)
    throw new EdgewrightError('join-refused', 'central enrolled another device than this one')
  return parsed.data
}

async function asked(
  { url, token, site }: JoinCode,
  { privateKey, publicKey }: DeviceKey,
  nonce: string | undefined,
  signal: AbortSignal,
  { fetch, machine, now, randomUUID }: JoinParts,
): Promise<CentralAnswer> {
  const claims = { aud: url, nowMs: now(), jti: randomUUID(), nonce }
  const proof = await enrolProof(privateKey, token, claims)
  const request: EnrolRequest = { token, publicKey, machine: machine(), site, proof }
  return ask(fetch, `${rooted(url)}/sync/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  })
}
