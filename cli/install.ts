import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { connect } from './edge-client.ts'
import { type Io, userPath } from './io.ts'
import { whoAnswers } from './who-answers.ts'

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
  if (!io.json) io.print(response.status === 200 ? mended(summary) : where(summary))
  return summary
}

function mended(summary: ModelSummary): string {
  return `That version of ${summary.id} was here; its damaged copy is whole again. ${whoAnswers(summary)}.`
}

function where(summary: ModelSummary): string {
  const { id, slots } = summary
  const { running, staged } = slots
  if (staged?.deployment.state === 'staged')
    return `${id} ${staged.version} is staged; ${whoAnswers(summary)}. Bring it in: edgewright activate ${id} ${staged.version}`
  return `${id} ${running?.version} is running (${running?.provider}).`
}
