import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '#core/contracts/manifest.ts'
import { seededRandom } from '#core/package/random.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { type Draft, type DraftOrder, draftFolder } from '#edge/package/draft-folder.ts'
import { type Packed, packFolder } from '#edge/package/pack-folder.ts'

/** A folder of its own for a test that makes files; `remove` it in the end. */
export function workFolder(): { dir: string; path: (...parts: string[]) => string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-work-'))
  return {
    dir,
    path: (...parts) => join(dir, ...parts),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** A table of numbers between 0 and 10, one column per name, and a label "outcome". */
export function csvOf(names: readonly string[], rows: number, seed = 1): string {
  const random = seededRandom(seed)
  const lines = Array.from({ length: rows }, () =>
    [...names.map(() => (10 * random()).toFixed(3)), random() < 0.5 ? 1 : 0].join(','),
  )
  return `${[...names, 'outcome'].join(',')}\n${lines.join('\n')}\n`
}

/** `edgewright new` on a model and a table in memory. */
export function draft(
  dir: string,
  model: Buffer,
  csv: string,
  order: Partial<DraftOrder> = {},
): Promise<Draft> {
  writeFileSync(join(dir, 'source.onnx'), model)
  writeFileSync(join(dir, 'source.csv'), csv)
  return draftFolder(
    {
      model: join(dir, 'source.onnx'),
      reference: join(dir, 'source.csv'),
      dir: (id) => join(dir, id),
      id: 'test-model',
      owner: 'K. Lindqvist',
      ...order,
    },
    openLane,
  )
}

/** Changes a draft's model.json, as a person would. */
export function edit(folder: string, change: (manifest: Manifest) => unknown): void {
  const path = join(folder, 'model.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  change(manifest)
  writeFileSync(path, JSON.stringify(manifest, null, 2))
}

/** `edgewright pack`. */
export function packDraft(folder: string, file: string): Promise<Packed> {
  return packFolder(folder, () => file, openLane)
}

/** From a model and a table to a package file in `dir`. */
export async function packageOf(
  dir: string,
  model: Buffer,
  csv: string,
  change: (manifest: Manifest) => unknown = () => undefined,
): Promise<Packed> {
  const { dir: folder } = await draft(dir, model, csv)
  edit(folder, change)
  return packDraft(folder, join(dir, 'test-model.ewp'))
}
