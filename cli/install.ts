import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { connect } from './edge-client.ts'
import { type Io, userPath } from './io.ts'

/**
 * fetch keeps a copy of the whole body in memory unless it knows that it will never have to send it again
 * (fetch.spec.whatwg.org, HTTP-network-or-cache fetch: redirect mode "error" and no window; else the request is cloned).
 */
const sentOnce = { redirect: 'error', window: null } as const

/** Sends a package to an edge; the first version of an id starts to run. */
export async function install(
  io: Io,
  file: string,
  options: { edge?: string; data?: string },
): Promise<ModelSummary> {
  const path = userPath(io, file)
  const found = await stat(path).catch((error: unknown) => {
    throw new EdgewrightError('file-unreadable', `there is no package at ${path}`, { cause: error })
  })
  const client = connect(io, options)
  const response = await client.send('POST', '/api/models', {
    ...sentOnce,
    body: Readable.toWeb(createReadStream(path)) as ReadableStream,
    duplex: 'half',
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(found.size) },
  })
  const summary = (await response.json()) as ModelSummary
  if (!io.json) io.print(where(summary))
  return summary
}

function where({ id, slots: { running, staged } }: ModelSummary): string {
  if (staged?.deployment.state === 'staged')
    return `${id} ${staged.version} is staged; ${running?.version ?? 'nothing'} runs. Bring it in: edgewright activate ${id} ${staged.version}`
  return `${id} ${running?.version} is running (${running?.provider}).`
}
