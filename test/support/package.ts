import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '#cli/io.ts'
import { newPackage } from '#cli/new.ts'
import { pack } from '#cli/pack.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { TestEdge } from './edge.ts'

export const quietIo = (cwd: string): Io => ({
  env: { INIT_CWD: cwd },
  print: () => undefined,
  note: () => undefined,
  json: true,
})

export interface PackageParts {
  id: string
  model: Buffer
  /** Names of the features, in the model's order. The reference holds 60 rows of them, between −1 and 1. */
  features: string[]
  /** Edits the draft before it is packed. */
  edit?: (manifest: Manifest) => void
}

/** Drafts and packs a package as a person would, in a folder of its own; gives the bytes of the `.ewp`. */
export async function packaged({ id, model, features, edit }: PackageParts): Promise<Buffer> {
  const cwd = mkdtempSync(join(tmpdir(), 'edgewright-package-'))
  try {
    writeFileSync(join(cwd, 'model.onnx'), model)
    const rows = Array.from({ length: 60 }, (_, row) =>
      features.map((_, k) => Math.sin(row * (k + 1)).toFixed(4)).join(','),
    )
    writeFileSync(join(cwd, 'reference.csv'), `${features.join(',')}\n${rows.join('\n')}\n`)
    await newPackage(quietIo(cwd), 'model.onnx', {
      reference: 'reference.csv',
      output: 'draft',
      id,
      features: features.join(','),
    })
    if (edit) {
      const file = join(cwd, 'draft', 'model.json')
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest
      edit(manifest)
      writeFileSync(file, JSON.stringify(manifest))
    }
    await pack(quietIo(cwd), 'draft', { output: 'model.ewp' })
    return readFileSync(join(cwd, 'model.ewp'))
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

export async function installOn(edge: TestEdge, bytes: Buffer): Promise<ModelSummary> {
  const response = await edge.client.send('POST', '/api/models', {
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  })
  return (await response.json()) as ModelSummary
}
