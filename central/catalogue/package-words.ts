import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'

export interface PackageWords {
  manifest: Manifest | null
  card: string | null
  /** Why there is no manifest, in words. */
  problem: string | null
}

const maxBytes: Readonly<Record<string, number>> = { 'model.json': 4_000_000, 'card.md': 1_000_000 }

/**
 * Manifest and card of a package whose digest is signed for. All of it is hashed on the way, and nothing of it is parsed
 * before the hash is right; the model itself is never looked at.
 */
export async function readPackageWords(bytes: Readable, digest: string): Promise<PackageWords> {
  const hash = createHash('sha256')
  const texts = new Map<string, string>()
  const tar = extract()
  const reading = (async () => {
    for await (const entry of tar) {
      const name = entry.header.name.replace(/^\.\//, '')
      const most = maxBytes[name]
      if (most === undefined || texts.has(name) || (entry.header.size ?? 0) > most) {
        entry.resume()
        continue
      }
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      texts.set(name, Buffer.concat(chunks).toString('utf8'))
    }
  })()
  try {
    await Promise.all([
      pipeline(
        bytes,
        async function* hashed(source: AsyncIterable<Buffer>) {
          for await (const chunk of source) {
            hash.update(chunk)
            yield chunk
          }
        },
        tar,
      ),
      reading,
    ])
  } catch (error) {
    return none(`its package cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    tar.destroy()
  }
  if (hash.digest('hex') !== digest) return none('its package is damaged: its sha256 is not the signed one')
  const card = texts.get('card.md') ?? null
  const text = texts.get('model.json')
  if (text === undefined) return { ...none('there is no model.json in its package'), card }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { ...none(`its model.json is no JSON: ${(error as Error).message}`), card }
  }
  const { success, data, error } = manifestSchema.safeParse(json)
  if (success) return { manifest: data, card, problem: null }
  const [issue] = error.issues
  return {
    ...none(
      `its model.json is not understood here (${issue!.path.join('.')}: ${issue!.message}); update central`,
    ),
    card,
  }
}

const none = (problem: string): PackageWords => ({ manifest: null, card: null, problem })
