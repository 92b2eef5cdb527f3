import { readFileSync } from 'node:fs'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { draft, edit, packDraft, workFolder } from './drafts.ts'
import type { TestEdge } from './edge.ts'

export interface PackageParts {
  id: string
  model: Buffer
  /** Names of the features, in the model's order. The reference holds 60 rows of them, between −1 and 1. */
  features: string[]
  /** Edits the draft before it is packed. */
  edit?: (manifest: Manifest) => unknown
}

/** Where no deadline is measured, none is met: a busy machine may stand still for longer than a draft's second. */
const deadlineMs = 20_000

/** Drafts and packs a package as a person would; gives the bytes of the `.ewp`. */
export async function packaged({ id, model, features, edit: change }: PackageParts): Promise<Buffer> {
  const work = workFolder()
  try {
    const rows = Array.from({ length: 60 }, (_, row) =>
      features.map((_, k) => Math.sin(row * (k + 1)).toFixed(4)).join(','),
    )
    const { dir } = await draft(work.dir, model, `${features.join(',')}\n${rows.join('\n')}\n`, {
      id,
      features,
    })
    edit(dir, (manifest) => {
      manifest.operation.deadlineMs = deadlineMs
      change?.(manifest)
    })
    return readFileSync((await packDraft(dir, work.path('model.ewp'))).file)
  } finally {
    work.remove()
  }
}

export async function installOn(edge: TestEdge, bytes: Buffer): Promise<ModelSummary> {
  const response = await edge.client.send('POST', '/api/models', {
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  })
  return (await response.json()) as ModelSummary
}
