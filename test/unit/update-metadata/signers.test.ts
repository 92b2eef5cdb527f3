import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { maySign } from '#edge/update/metadata/delegations.ts'
import { tufRules } from '#edge/update/metadata/rules.ts'
import { isTime } from '#edge/update/metadata/shapes.ts'
import { signersOf } from '#edge/update/metadata/signers.ts'

describe('one key under several IDs', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const hex = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('hex')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signed = { _type: 'targets', version: 1 }
  const sig = sign(null, Buffer.from(canonicalJson(signed)), privateKey).toString('hex')
  const key = (text: string) => ({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: text } })
  const keys = { hex: key(hex), capitals: key(hex.toUpperCase()), pem: key(pem), other: key('00'.repeat(32)) }
  const ids = Object.keys(keys)
  const authority = { says: 'root version 1', keys, role: { keyids: ids, threshold: 2 } }
  const signersBy = (signatures: Record<string, string>) =>
    signersOf(
      { signed, signatures: Object.entries(signatures).map(([keyid, text]) => ({ keyid, sig: text })) },
      authority,
      tufRules,
    )

  it('counts once, however its public part is written', () => {
    for (const id of ['hex', 'capitals', 'pem']) expect(signersBy({ [id]: sig }).owners, id).toEqual([id])
    expect(signersBy({ hex: sig, capitals: sig, pem: sig }).owners).toEqual(['hex'])
  })

  it.each([
    ['something after it', `${sig}zz`],
    ['one digit too few', sig.slice(1)],
    ['nothing', ''],
    ['another’s', '00'.repeat(64)],
  ])('a signature with %s does not hold', (_, text) => {
    expect(signersBy({ hex: text }).owners).toEqual([])
  })

  it('an ID that nobody has, or that every object has, is nobody’s', () => {
    const role = { keyids: ['nobody', 'constructor', '__proto__', 'hex'], threshold: 1 }
    const signatures = role.keyids.map((keyid) => ({ keyid, sig }))
    expect(signersOf({ signed, signatures }, { ...authority, role }, tufRules).owners).toEqual(['hex'])
  })
})

describe('paths of a delegation', () => {
  const may = (paths: string[], path: string) =>
    maySign({ keyids: [], threshold: 1, name: 'x', terminating: true, paths }, path)

  it.each([
    ['sites/a/*', 'sites/a/model', true],
    ['sites/a/*', 'sites/a/group/model', false],
    ['sites/a/*', 'sites/ab/model', false],
    ['sites/a/*', 'Sites/a/model', false],
    ['sites/a/*', 'sites/a', false],
    ['models/f.x/*', 'models/fax/m', false],
    ['foo-?.tgz', 'foo-1.tgz', true],
    ['foo-?.tgz', 'foo-10.tgz', false],
    ['a+(b)', 'aab', false],
    ['[ab]', 'a', false],
  ])('%s lets %s through: %s', (pattern, path, expected) => {
    expect(may([pattern], path)).toBe(expected)
  })

  it('by the hash of the path', () => {
    const one = { keyids: [], threshold: 1, name: 'x', terminating: true }
    expect(maySign({ ...one, path_hash_prefixes: ['2c'] }, 'a')).toBe(false)
    expect(maySign({ ...one, path_hash_prefixes: ['00', 'ca97'] }, 'a')).toBe(true) // sha256 of "a" is ca978112…
  })
})

it.each([
  ['2030-01-01T00:00:00Z', true],
  ['2030-01-01T00:00:00.123456Z', true],
  ['2028-02-29T12:00:00Z', true],
  ['2030-02-29T12:00:00Z', false],
  ['2030-01-01T24:00:00Z', false],
  ['2030-01-01T00:00:00', false],
  ['2030-01-01T00:00:00+01:00', false],
  ['2030-1-1T00:00:00Z', false],
  ['2030-01-01T00:00:00Z\n', false],
  ['never', false],
])('%j is a time: %s', (text, expected) => {
  expect(isTime(text)).toBe(expected)
})
