import { fromHex, toHex } from '../chain/hex.ts'
import { utf8 } from '../columns/utf8.ts'
import type { Checkpoint } from '../contracts/audit.ts'
import { canonicalJson } from '../update/canonical-json.ts'
import type { Witness } from './finding.ts'
import type { EndLine, HeaderLine, KeptCheckpoint, RecordTools } from './format.ts'

/** What the device's key signs. */
export const signedBytes = (signed: Checkpoint['signed']): Uint8Array => utf8(canonicalJson(signed))

/** What the device's key signs of an export: its header and its end. */
export const sealedBytes = (
  header: HeaderLine,
  { signature: _, ...end }: Omit<EndLine, 'signature'> & { signature?: string },
): Uint8Array => utf8(canonicalJson({ header, end }))

/** sha256 of the raw public key, hex: the name of a device. */
export const deviceOf = (publicKey: string, sha256: RecordTools['sha256']): string =>
  toHex(sha256(fromHex(publicKey)))

export const witnessOf = ({ checkpoint: { signed } }: KeptCheckpoint): Witness => ({
  counter: signed.counter,
  at: signed.at,
})

export const named = ({ counter, at }: Witness): string => `checkpoint ${counter} of ${at}`

/** Why it proves nothing, in words; undefined where the device that it names did sign it. */
export function whyUnsigned(
  { checkpoint: { signed, signature }, publicKey }: KeptCheckpoint,
  { sha256, isSigned }: RecordTools,
): string | undefined {
  if (deviceOf(publicKey, sha256) !== signed.device) return 'it names another device than its key belongs to'
  return isSigned(publicKey, signedBytes(signed), signature) ? undefined : 'its signature does not hold'
}

export type Countersignature = NonNullable<KeptCheckpoint['countersignature']>

/** What central's key signs: that this checkpoint was there at this moment. `by`: its raw public key, hex. */
export const countersignedBytes = (
  checkpoint: Checkpoint,
  { by, at }: Pick<Countersignature, 'by' | 'at'>,
): Uint8Array => utf8(canonicalJson({ checkpoint, by, at }))

/**
 * Whether the countersignature under it is central's. `centrals`: the keys that this machine was given when it enrolled; by another
 * than these it is a stranger's.
 */
export function countersignatureOf(
  { checkpoint, countersignature }: KeptCheckpoint,
  centrals: ReadonlySet<string>,
  { isSigned }: Pick<RecordTools, 'isSigned'>,
): 'none' | 'holds' | 'stranger' | 'broken' {
  if (!countersignature) return 'none'
  const { by, signature } = countersignature
  if (!centrals.has(by)) return 'stranger'
  return isSigned(by, countersignedBytes(checkpoint, countersignature), signature) ? 'holds' : 'broken'
}

/** Signed the same: whether the two say the same, whatever countersignatures stand beside. */
export const saysTheSame = (a: KeptCheckpoint, b: KeptCheckpoint): boolean =>
  canonicalJson(a.checkpoint.signed) === canonicalJson(b.checkpoint.signed)
