import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CentralConfig } from '#central/main.ts'
import type { SigningKey } from '#central/registry/key.ts'
import { type SigningFile, signFile } from '#central/registry/signing-file.ts'
import type { Signatures, Uploaded } from '#core/contracts/registry.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { type CentralSite, centralSite } from './central-site.ts'

export interface RegistrySite extends CentralSite {
  repository: SignedSite
  upload: <T = Uploaded>(
    bytes: Uint8Array,
    query?: Record<string, string>,
  ) => Promise<{ status: number; body: T }>
  /** Takes the file of what waits, lets these keys sign it, and brings it back. */
  sign: (...keys: SigningKey[]) => Promise<{ status: number; body: Signatures }>
  /** Both of the family's signers whose signatures are needed. */
  signers: SigningKey[]
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A central whose data folder holds a signed repository; it holds the keys of snapshot, timestamp and the site. */
export async function registrySite(config: Partial<CentralConfig> = {}): Promise<RegistrySite> {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-central-'))
  const repository = await signedSite({
    dir: join(dataDir, 'repository'),
    ...(config.now && { nowMs: config.now() }),
  })
  const online = ['snapshot', 'timestamp', `site-${repository.site}`].map(
    (role) => repository.keys[role]![0]!,
  )
  const site = (await centralSite({ dataDir, keys: online, ...config })) as RegistrySite
  site.repository = repository
  site.signers = repository.keys[`models-${repository.family}`]!.slice(0, 2)
  site.upload = async (bytes, query = {}) => {
    const answer = await fetch(`${site.url}/api/registry/packages?${new URLSearchParams(query)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
    })
    return { status: answer.status, body: (await answer.json()) as never }
  }
  site.sign = async (...keys) => {
    const { body } = await site.ask<SigningFile>('GET', '/api/registry/signing/file')
    const signed = keys.reduce((file, key) => signFile(file, key).file, body)
    return site.ask('POST', '/api/registry/signatures', signed)
  }
  return site
}
