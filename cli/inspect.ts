import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Baseline, Golden } from '#core/contracts/package.ts'
import { say } from '#core/contracts/text.ts'
import { type LoadedPackage, readPackage } from '#edge/package/read-package.ts'
import { type Io, userPath } from './io.ts'

export interface Inspection {
  file: string
  /** sha256 of the package file, hex. */
  digest: string
  bytes: number
  manifest: Manifest
  baseline: Baseline
  golden: { rows: number; nullRow: Golden['nullRow']; madeWith: Golden['madeWith'] }
  modelSha256: string
  external: string[]
  card: string
}

/** Verifies a package file, digest by digest, and shows what it holds. */
export async function inspect(io: Io, file: string): Promise<Inspection> {
  const into = await mkdtemp(join(tmpdir(), 'edgewright-inspect-'))
  try {
    const found = inspection(userPath(io, file), await readPackage(userPath(io, file), into))
    if (!io.json) for (const line of lines(found)) io.print(line)
    return found
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}

function inspection(
  file: string,
  { digest, bytes, manifest, baseline, golden, modelFile, external, card }: LoadedPackage,
): Inspection {
  const rows = Object.values(golden.outputs)[0]?.length ?? 0
  return {
    file,
    digest,
    bytes,
    manifest,
    baseline,
    golden: { rows, nullRow: golden.nullRow, madeWith: golden.madeWith },
    modelSha256: modelFile.sha256,
    external,
    card,
  }
}

const short = (x: number) => String(Number(x.toPrecision(4)))

function lines({
  digest,
  bytes,
  manifest: m,
  baseline,
  golden,
  modelSha256,
  external,
}: Inspection): string[] {
  const output = m.outputs[0]!
  const { owner, approver, onCall, escalation } = m.people
  const people = Object.entries({ owner, approver, 'on call': onCall, escalation }).flatMap(([role, who]) =>
    who ? [`${role} ${who.name}${who.contact ? ` (${who.contact})` : ''}`] : [],
  )
  const inputs = m.inputs.features.map((f) => {
    const usual = f.learned ?? baseline.features[f.name]?.learned
    const codes = Object.keys(f.codes ?? {})
    const range =
      f.kind === 'category'
        ? (f.words ?? codes).join(', ')
        : f.kind === 'image'
          ? 'an image (PNG or JPEG)'
          : f.kind === 'series'
            ? `${f.length} numbers`
            : f.kind === 'text'
              ? 'a text'
              : usual
                ? `usually ${short(usual.min)} to ${short(usual.max)}`
                : 'a number'
    return `  ${say(f.title, 'en')} (${f.name})${f.unit ? `, ${f.unit}` : ''}: ${range}${f.nullable ? `, may be null (then ${f.fill})` : ''}`
  })
  const alerts = m.decision.alerts.map(
    (a) =>
      `  ${a.priority}: ${say(a.title, 'en')}, ${a.class ?? output.name} ${a.direction} ${a.raise}, cleared at ${a.clear}`,
  )
  return [
    `${say(m.title, 'en')}: ${m.id} ${m.version}, release ${m.release}`,
    `For: ${say(m.purpose, 'en')}`,
    `Not for: ${say(m.notFor, 'en')}`,
    `People: ${people.join(', ')}`,
    `Inputs (${m.inputs.features.length}):`,
    ...inputs,
    ...m.outputs.map(
      ({ kind, name, classes, targets, interval }) =>
        `Output: ${kind} "${name}"${[...classes, ...(targets ?? [])].length > 0 ? ` of ${[...classes, ...(targets ?? [])].join(', ')}` : ''}${interval ? `, with an interval of ${100 * interval.coverage} % (n = ${interval.n})` : ''}`,
    ),
    `Alerts (${m.decision.alerts.length}):`,
    ...alerts,
    `Golden vectors: ${golden.rows} rows, made with onnxruntime ${golden.madeWith.onnxruntime} (${golden.madeWith.provider}, ${golden.madeWith.platform})`,
    `Baseline: ${baseline.reference.rows} rows, ${baseline.prototypes?.count ?? 0} prototypes; it lacks:`,
    ...Object.entries(baseline.absent).map(([what, why]) => `  ${what}: ${why}`),
    `Model: sha256 ${modelSha256}${external.length > 0 ? `, weights in ${external.join(', ')}` : ''}`,
    `Package: ${bytes} bytes, every digest verified, sha256 ${digest}, not signed`,
  ]
}
