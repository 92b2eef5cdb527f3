import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { adoptRepository } from '#central/catalogue/adopt.ts'
import { hashOf } from '#central/registry/files.ts'
import type { Uploaded } from '#core/contracts/registry.ts'
import { connectCentral, type Where } from './central-client.ts'
import { inspect } from './inspect.ts'
import { type Io, userPath } from './io.ts'
import { printSettled } from './registry.ts'

/** The body is not kept for sending it again (see install.ts). */
const sentOnce = { redirect: 'error', window: null, duplex: 'half' } as const

export interface PublishAtCentral extends Where {
  family?: string
  platform?: string[]
}

/** Sends a package to central, where it waits for the signatures of its family. */
export async function publishAtCentral(
  io: Io,
  file: string,
  { family, platform, ...where }: PublishAtCentral,
): Promise<Uploaded> {
  const client = connectCentral(io, where)
  const path = userPath(io, file)
  // Digest by digest: what a machine would refuse is not put before anybody to sign.
  await inspect({ ...io, json: true, print: () => undefined }, path)
  const { sha256, length } = await hashOf(path)
  const query = new URLSearchParams({
    sha256,
    ...(family !== undefined && { family }),
    ...(platform && { platform: platform.join(',') }),
  })
  const response = await client.send('PUT', `/api/registry/packages?${query}`, {
    ...sentOnce,
    body: Readable.toWeb(createReadStream(path, { highWaterMark: 1 << 18 })) as ReadableStream,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(length) },
  })
  const uploaded = (await response.json()) as Uploaded
  if (!io.json) {
    io.print(
      `${uploaded.path}: ${uploaded.bytes} bytes, sha256 ${uploaded.digest}${uploaded.known ? ' (was there already)' : ''}`,
    )
    if (uploaded.voided.length > 0)
      io.note(
        `models-${uploaded.family} has changed again: ${uploaded.voided.join(', ')} signed what it was, and must sign anew.`,
      )
    printSettled(io, uploaded)
    if (uploaded.waiting.length > 0) io.print('Let them sign: edgewright registry sign-file FILE')
  }
  return uploaded
}

/** Makes a repository that was signed elsewhere the one of a central. */
export async function adopt(
  io: Io,
  from: string,
  { data }: { data: string },
): Promise<{ dir: string; fingerprint: string | null; packages: number }> {
  const { dir, report } = await adoptRepository(userPath(io, from), userPath(io, data), Date.now())
  const adopted = { dir, fingerprint: report.fingerprint, packages: report.packages.length }
  if (!io.json) {
    io.print(`Everything verified, and copied to ${dir}: ${adopted.packages} packages.`)
    io.print(`Fingerprint of the first root: ${adopted.fingerprint}`)
    for (const role of report.pending) io.print(`Pending: ${role}`)
    for (const warning of report.warnings) io.note(warning)
  }
  return adopted
}
