import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSecret } from '../registry/key-file.ts'

/** Central's own key: it countersigns what machines sign. */
export interface CentralKey {
  /** Raw Ed25519 key, 32 bytes, hex. */
  publicKey: string
  /** base64 */
  sign: (bytes: Uint8Array) => string
}

/** `central.key` of the data folder, PKCS #8 in PEM, for its owner only; made where there is none. Throws where it is no key. */
export async function centralKey(dataDir: string): Promise<CentralKey> {
  const path = join(dataDir, 'central.key')
  let key: KeyObject
  try {
    key = createPrivateKey(await readFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    key = generateKeyPairSync('ed25519').privateKey
    await writeSecret(path, key.export({ type: 'pkcs8', format: 'pem' }) as string)
  }
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return {
    publicKey: Buffer.from(x ?? '', 'base64url').toString('hex'),
    sign: (bytes) => sign(null, bytes, key).toString('base64'),
  }
}
