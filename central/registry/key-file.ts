import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
  scrypt,
} from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { syncFolder } from './files.ts'
import { keyId, ownerOf, type PublicKey, publicKeySchema, type SigningKey, signingKey } from './key.ts'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

/** 128 MiB and about half a second for each guess (OWASP's first choice for scrypt). */
export const usualCost = 2 ** 17
const [r, p] = [8, 1]
export const minPassphrase = 12

const base64 = z.base64()
const keyFileSchema = z.strictObject({
  'edgewright-key': z.literal(1),
  id: z.string(),
  /** Readable by all: whose it is, and what its signatures are checked with. */
  public: publicKeySchema,
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    /** A file that asks for more than a gigabyte is no key of ours. */
    N: z
      .int()
      .min(2 ** 10)
      .max(2 ** 20),
    r: z.literal(r),
    p: z.literal(p),
    salt: base64,
  }),
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: base64, tag: base64, sealed: base64 }),
})
type KeyFile = z.infer<typeof keyFileSchema>

/** All that is readable is vouched for by the seal: nobody gives a key another name, or a cheaper derivation. */
const vouched = ({ id, public: key, kdf }: Pick<KeyFile, 'id' | 'public' | 'kdf'>) =>
  Buffer.from(canonicalJson({ id, public: key, kdf }))

const keyFrom = (passphrase: string, { N, salt }: { N: number; salt: string }) =>
  derive(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: 256 * N * r })

/** The text of a key's file: private part sealed under a passphrase, the rest readable. `cost` is scrypt's N. */
export async function sealKey(
  key: SigningKey & { privateKey: KeyObject },
  passphrase: string,
  cost: number = usualCost,
): Promise<string> {
  const kdf = { name: 'scrypt' as const, N: cost, r, p, salt: randomBytes(16).toString('base64') }
  const open = { id: key.id, public: key.public, kdf } as Pick<KeyFile, 'id' | 'public' | 'kdf'>
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(passphrase, kdf), nonce)
  cipher.setAAD(vouched(open))
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'der' })
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
  const file: KeyFile = {
    'edgewright-key': 1,
    ...open,
    cipher: {
      name: 'aes-256-gcm',
      nonce: nonce.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      sealed: sealed.toString('base64'),
    },
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** @throws EdgewrightError key-refused: no key, or another passphrase */
export async function openKey(path: string, passphrase: string): Promise<SigningKey> {
  const file = await readKeyFile(path)
  if (file === undefined)
    throw new EdgewrightError('key-refused', `${path} holds the public part of a key only`, {
      hint: 'Name the file that `edgewright keys create` made.',
    })
  const { kdf, cipher, public: key } = file
  const decipher = createDecipheriv(
    'aes-256-gcm',
    await keyFrom(passphrase, kdf),
    Buffer.from(cipher.nonce, 'base64'),
    { authTagLength: 16 },
  )
  try {
    decipher.setAAD(vouched(file))
    decipher.setAuthTag(Buffer.from(cipher.tag, 'base64'))
    const secret = Buffer.concat([decipher.update(Buffer.from(cipher.sealed, 'base64')), decipher.final()])
    return signingKey(ownerOf(key), createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' }))
  } catch (error) {
    throw new EdgewrightError(
      'key-refused',
      `the passphrase does not open ${path} (the key of ${ownerOf(key)}), or the file was changed`,
      { hint: 'Try it again; without its passphrase nobody can open a key.', cause: error },
    )
  }
}

/** The public part of a key, out of its own file or of its `.pub`. @throws EdgewrightError key-refused, file-unreadable */
export async function readPublicKey(path: string): Promise<PublicKey> {
  const json = await readJson(path)
  const file = keyFileSchema.safeParse(json)
  const found = publicKeySchema.safeParse(file.success ? file.data.public : json)
  if (found.success && (!file.success || file.data.id === keyId(found.data))) return found.data
  throw new EdgewrightError('key-refused', `${path} is no key`, {
    hint: 'Name a file that `edgewright keys create` made.',
  })
}

async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const json = await readJson(path)
  const file = keyFileSchema.safeParse(json)
  if (file.success && file.data.id === keyId(file.data.public)) return file.data
  if (publicKeySchema.safeParse(json).success) return undefined
  throw new EdgewrightError('key-refused', `${path} is no key`, {
    hint: 'Name a file that `edgewright keys create` made.',
  })
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `the key ${path} cannot be read: ${error.message}`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new EdgewrightError('key-refused', `${path} is no key`, { cause: error })
  }
}

/** A new file that only its owner reads; one that is there is never written over. @throws EdgewrightError key-refused */
export async function writeSecret(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await open(path, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    const there = error.code === 'EEXIST'
    throw new EdgewrightError(
      there ? 'key-refused' : 'disk-unwritable',
      there ? `there is a file ${path} already` : `${path} cannot be written: ${error.message}`,
      { hint: 'Choose another name; nothing was written.' },
    )
  })
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}
