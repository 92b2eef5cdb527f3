import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { addInstaller, addPackage } from '#central/registry/changes.ts'
import { nextTargets, type Repository } from '#central/registry/repository.ts'
import type { Settled } from '#central/registry/settle.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { inspect } from './inspect.ts'
import { type Io, userPath } from './io.ts'
import { change, type DeskOptions } from './repo-desk.ts'

export interface PublishOptions extends DeskOptions {
  family?: string
  /** Node's `platform-arch` of the machines that it is made for. */
  platform?: string[]
  /** It is an installer of the desktop app, of this version. */
  app?: boolean
  appVersion?: string
}
export interface PublishedFile {
  path: string
  digest: string
  bytes: number
}

/** Puts a package into a family, or an installer under `app`; it is live once enough people have signed. */
export async function publish(
  io: Io,
  file: string,
  { family, platform, app, appVersion, ...options }: PublishOptions,
): Promise<PublishedFile & Settled> {
  const path = userPath(io, file)
  await stat(path).catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `${path} cannot be read: ${error.message}`)
  })
  if (app) {
    const [only, ...more] = platform ?? []
    if (!only || more.length > 0 || !appVersion)
      throw new EdgewrightError('request-invalid', 'an installer is for one platform, and of one version', {
        hint: 'Such as: --app --platform linux-x64 --app-version 1.2.0.',
      })
    const parts = { file: path, name: basename(path), version: appVersion, platform: only }
    return change(io, options, async (repository, nowMs) =>
      told(io, await addInstaller(repository, parts, nowMs)),
    )
  }
  // Digest by digest: what a machine would refuse is not signed for.
  const { manifest } = await inspect({ ...io, json: true }, path)
  return change(io, options, async (repository, nowMs) => {
    const parts = {
      file: path,
      family: family ?? onlyFamily(repository),
      model: manifest.id,
      version: manifest.version,
      release: manifest.release,
      ...(platform && { platforms: platform }),
    }
    return told(io, await addPackage(repository, parts, nowMs))
  })
}

function told(
  io: Io,
  { path, target }: { path: string; target: { length: number; hashes: { sha256: string } } },
): PublishedFile {
  if (!io.json) io.print(`${path}: ${target.length} bytes, sha256 ${target.hashes.sha256}`)
  return { path, digest: target.hashes.sha256, bytes: target.length }
}

function onlyFamily(repository: Repository): string {
  const families = (nextTargets(repository).delegations?.roles ?? []).flatMap(({ name }) =>
    name.startsWith('models-') ? [name.slice(7)] : [],
  )
  if (families.length === 1) return families[0]!
  throw new EdgewrightError(
    'request-invalid',
    families.length === 0
      ? 'this repository has no family of models'
      : 'it is not said to which family it belongs',
    {
      hint:
        families.length === 0
          ? 'Add one: edgewright repo add-family NAME --signer KEY.pub….'
          : `Name it: --family ${families.join(' or --family ')}.`,
    },
  )
}
