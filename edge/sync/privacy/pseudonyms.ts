import { createHmac } from 'node:crypto'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { writeDurablySync } from '../../journal/durable-file.ts'

/** A word under a pseudonym, `p:` and 16 hex digits. `domain`: what the word is of, so that equal words of two features differ. */
export type Pseudonym = (domain: string, word: string) => string

/** Domain of assets, and of the ids that senders give their readings. */
export const domains = {
  asset: 'asset',
  readingId: 'reading-id',
  feature: (name: string) => `feature:${name}`,
}

const keyBytes = 32
/** 64 bits: among a million words two share a pseudonym once in 37 million cases. */
const digits = 16

/** HMAC-SHA256 (RFC 2104): without the key nobody finds the word, not even by trying all words. */
export const pseudonymsWith =
  (key: Uint8Array): Pseudonym =>
  (domain, word) =>
    `p:${createHmac('sha256', key)
      .update(JSON.stringify([domain, word]))
      .digest('hex')
      .slice(0, digits)}`

/**
 * The key of a data folder, `pseudonym.key`, for its owner only; made where there is none. It never leaves the machine: with another
 * key the same words get other pseudonyms.
 * @throws EdgewrightError file-unreadable where what lies there is no key: it is not replaced silently
 */
export function openPseudonyms(dataDir: string, randomBytes: (n: number) => Uint8Array): Pseudonym {
  const path = join(dataDir, 'pseudonym.key')
  if (!existsSync(path))
    writeDurablySync(path, `${Buffer.from(randomBytes(keyBytes)).toString('hex')}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new EdgewrightError('file-unreadable', `${path} is no key of pseudonyms`, {
      hint: 'Put it back from a copy; or move it away, and the same words get new pseudonyms from then on.',
    })
  return pseudonymsWith(Buffer.from(text, 'hex'))
}
