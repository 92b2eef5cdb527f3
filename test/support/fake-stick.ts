import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Assigned, noPolicy, type TrustedPackage, type View } from '#core/contracts/update.ts'
import { targetFile } from '#core/update/names.ts'
import type { Imports } from '#edge/update/usb/import.ts'
import { type StickLimits, stickLimits } from '#edge/update/usb/limits.ts'
import { makeImports } from '#edge/update/usb/make-imports.ts'
import type { Checked, ImportTarget, Standing } from '#edge/update/usb/target.ts'

/** A package of a stick, with its bytes. */
export interface Brought {
  package: TrustedPackage
  bytes: Buffer
}

export function brought(model: string, version: string, bytes = Buffer.from(`${model} ${version}`)): Brought {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const path = `models/mills/${model}-${version}.ewp`
  const release = Number(version.split('.')[2])
  const signed = { signedBy: ['A. Weber', 'M. Keller'], threshold: 2, keys: 3 }
  return { bytes, package: { path, model, version, release, digest, bytes: bytes.length, ...signed } }
}

export function assigned({ package: found }: Brought, fields: Partial<Assigned> = {}): Assigned {
  const { model, version, digest, bytes } = found
  const by = { group: null, signedBy: ['S. Ito'], metadata: 4 }
  return { model, version, digest, bytes, activate: 'at-once', ...by, package: found, ...fields }
}

export const viewWith = (fields: Partial<View> = {}): View => ({
  versions: { root: 1, timestamp: 5, snapshot: 5, targets: 2, 'models-mills': 3, 'site-north': 4 },
  expires: {},
  assigned: [],
  policy: noPolicy,
  app: [],
  ...fields,
})

/**
 * A stick without signatures, and a machine that takes its word: `timestamp.json` is the view itself. What is tried with
 * it is the way of the bytes; whether they are signed is tried with real metadata.
 */
export class FakeStick {
  readonly work = mkdtempSync(join(tmpdir(), 'edgewright-usb-'))
  readonly dataDir = join(this.work, 'data')
  readonly drive = join(this.work, 'stick')
  readonly repository = join(this.drive, 'edgewright-repository')
  readonly audited: { kind: string; body: Record<string, unknown> }[] = []
  readonly applied: { view: View; files: Record<string, string>; by: string }[] = []
  readonly failures: unknown[] = []
  standing: Standing = { versions: { root: 1, timestamp: 4 }, view: null, models: [] }
  nowMs = Date.parse('2026-11-21T10:00:00Z')
  /** Happens while the metadata is verified. */
  onCheck: () => void | Promise<void> = () => undefined
  exportAudit = async (to: NodeJS.WritableStream): Promise<void> => void to.end('{"header":true}\n')
  #ids = 0

  constructor(view: View = viewWith(), packages: Brought[] = []) {
    mkdirSync(join(this.dataDir, 'logs'), { recursive: true })
    writeFileSync(join(this.dataDir, 'logs', 'runtime.log'), 'a line\n')
    this.put(
      'metadata/timestamp.json',
      JSON.stringify({ signed: { version: view.versions['timestamp'] }, view }),
    )
    for (const {
      package: { path, digest },
      bytes,
    } of packages)
      this.put(`targets/${targetFile(path, digest)}`, bytes)
  }

  put(file: string, bytes: string | Buffer): void {
    const path = join(this.repository, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }

  target(): ImportTarget<Checked> {
    return {
      standing: () => this.standing,
      check: async (source) => {
        await this.onCheck()
        const text = await source.metadata('timestamp.json', 100_000)
        if (!text) throw new EdgewrightError('update-refused', 'there is no timestamp.json')
        const { view } = JSON.parse(text.toString()) as { view: View }
        if (view.versions['timestamp']! < this.standing.versions['timestamp']!)
          throw new EdgewrightError('update-refused', 'timestamp goes back')
        return { view }
      },
      commitAndApply: async ({ view }, files, by) => {
        this.applied.push({ view, files: Object.fromEntries(files), by })
        return view.assigned.map(({ model, version }) => ({
          model,
          version,
          ok: true,
          what: `${version} runs`,
        }))
      },
    }
  }

  imports(limits: Partial<StickLimits> = {}): Imports {
    return makeImports(
      {
        dataDir: this.dataDir,
        target: this.target(),
        audit: async (kind, _by, body) => this.audited.push({ kind, body: body as Record<string, unknown> }),
        failed: (error) => this.failures.push(error),
        now: () => this.nowMs,
        randomUUID: () => `id-${++this.#ids}`,
        machine: () => 'Line 3 / Nord',
        exportAudit: (to) => this.exportAudit(to),
        logFile: join(this.dataDir, 'logs', 'runtime.log'),
      },
      { ...stickLimits, ...limits },
    )
  }

  remove(): void {
    rmSync(this.work, { recursive: true, force: true })
  }
}

/** A model with these versions in its slots; only what an import looks at is filled in. */
export function modelWith(
  id: string,
  slots: Partial<Record<'running' | 'previous' | 'staged', { package: TrustedPackage; state: object }>>,
): ModelSummary {
  const slot = (at: 'running' | 'previous' | 'staged') => {
    const found = slots[at]
    if (!found) return null
    const { version, release, digest } = found.package
    return { version, release, digest, deployment: { since: '2026-11-01T00:00:00Z', ...found.state } }
  }
  return {
    id,
    slots: { running: slot('running'), previous: slot('previous'), staged: slot('staged') },
  } as ModelSummary
}
