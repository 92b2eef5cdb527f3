import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey, keyId } from '#central/registry/key.ts'
import { openKey, readPublicKey, sealKey, writeSecret } from '#central/registry/key-file.ts'
import {
  type Envelope,
  holdingKeys,
  missing,
  signedBytes,
  signWith,
  type Targets,
} from '#central/registry/metadata.ts'

const cheap = 2 ** 10

describe('a key in its file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-keys-'))
  const key = createKey('A. Weber')
  const path = join(dir, 'weber.key')
  let text = ''
  beforeAll(async () => {
    text = await sealKey(key, 'five words make it long', cheap)
    await writeSecret(path, text)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  it('opens with its passphrase, and signs the same', async () => {
    const opened = await openKey(path, 'five words make it long')
    expect(opened).toMatchObject({ id: key.id, owner: 'A. Weber', public: key.public })
    expect(opened.sign(Buffer.from('x'))).toBe(key.sign(Buffer.from('x')))
  })
  it('does not hold the private key in the clear, and is for its owner only', () => {
    const secret = key.privateKey.export({ format: 'jwk' }).d!
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(text).not.toContain(Buffer.from(secret, 'base64url').toString(form))
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })
  it.each([
    [
      'another passphrase',
      (json: Record<string, unknown>) => json,
      'something else here',
      /passphrase does not open/,
    ],
    [
      'another owner',
      (json: Record<string, { [k: string]: unknown }>) => {
        json['public']!['x-edgewright-owner'] = 'M. Keller'
        return json
      },
      'five words make it long',
      /or the file was changed/,
    ],
    [
      'a cheaper derivation',
      (json: Record<string, { [k: string]: unknown }>) => {
        json['kdf']!['N'] = 2 ** 11
        return json
      },
      'five words make it long',
      /or the file was changed/,
    ],
    [
      'a derivation of terabytes',
      (json: Record<string, { [k: string]: unknown }>) => {
        json['kdf']!['N'] = 2 ** 40
        return json
      },
      'five words make it long',
      /is no key/,
    ],
    [
      'another public part',
      (json: Record<string, unknown>) => ({ ...json, public: createKey('A. Weber').public }),
      'five words make it long',
      /is no key/,
    ],
  ])('refuses %s', async (_, change, passphrase, refusal) => {
    const other = join(dir, 'other.key')
    writeFileSync(other, JSON.stringify(change(JSON.parse(text))))
    await expect(openKey(other, passphrase)).rejects.toMatchObject({
      code: 'key-refused',
      message: expect.stringMatching(refusal),
    })
  })
  it('is never written over', async () => {
    await expect(writeSecret(path, 'x')).rejects.toThrow(/there is a file/)
  })
  it('gives its public part without a passphrase, and from a .pub file', async () => {
    const pub = join(dir, 'weber.pub')
    writeFileSync(pub, JSON.stringify(key.public))
    expect(await readPublicKey(path)).toEqual(key.public)
    expect(await readPublicKey(pub)).toEqual(key.public)
    await expect(openKey(pub, 'x')).rejects.toThrow(/public part of a key only/)
  })
  it('refuses an owner whose name steers a terminal', () => {
    expect(() => createKey('A\u001b[2JWeber')).toThrow()
    expect(() => createKey('A\u202eWeber')).toThrow()
  })
})

describe('signatures that count', () => {
  const [a, b] = [createKey('a'), createKey('b')]
  const signed: Targets = {
    _type: 'targets',
    spec_version: '1.0.31',
    version: 1,
    expires: '2030-01-01T00:00:00Z',
    targets: {},
  }
  const sign = (...keys: (typeof a)[]) => signWith<Targets>({ signed, signatures: [] }, keys)
  const keys = { [a.id]: a.public, [b.id]: b.public }
  const role = { keyids: [a.id, b.id], threshold: 2 }

  it('are those of distinct keys', () => {
    expect(holdingKeys(sign(a, b), role, keys)).toHaveLength(2)
    expect(missing(sign(a, b), role, keys)).toBeUndefined()
    expect(missing(sign(a), role, keys)).toBe('1 of 2 signatures (a); b may sign')
  })
  it('count once: the same key under two IDs, the same signature twice', () => {
    const envelope = sign(a)
    const again: Envelope = {
      signed,
      signatures: [...envelope.signatures, { keyid: 'f'.repeat(64), sig: a.sign(signedBytes(signed)) }],
    }
    const two = { keyids: [a.id, 'f'.repeat(64)], threshold: 2 }
    expect(holdingKeys(again, two, { ...keys, ['f'.repeat(64)]: a.public })).toHaveLength(1)
    const twice = { signed, signatures: [envelope.signatures[0]!, envelope.signatures[0]!] }
    expect(holdingKeys(twice, { keyids: [a.id, a.id], threshold: 2 }, keys)).toHaveLength(1)
  })
  it('do not count where they are wrong, and harm none beside them', () => {
    const envelope = sign(a, b)
    envelope.signatures[0]!.sig = '00'.repeat(64)
    expect(holdingKeys(envelope, role, keys)).toEqual([b.public])
  })
  it('a key is known by what it is, whatever its owner is called', () => {
    expect(keyId({ ...a.public, 'x-edgewright-owner': 'somebody else' })).toBe(a.id)
  })
})
