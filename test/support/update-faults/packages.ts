import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Base, machineFailure, versionOf } from '../versions.ts'

/** A busy machine may stand still for longer than the package's own deadline or guardrails allow: rules would answer in its place. */
const deadlineMs = 20_000

/** Versions of machine-failure as `.ewp` files, whose deadline is never met, and which no guardrail withdraws. */
export class Packages {
  readonly #dir = mkdtempSync(join(tmpdir(), 'edgewright-packages-'))
  #base: Promise<Base> | undefined

  async file(version: string, release = version === '1.0.0' ? 1 : 2): Promise<string> {
    this.#base ??= machineFailure()
    const edit = (manifest: Base['manifest']) => {
      manifest.operation.deadlineMs = deadlineMs
      manifest.guardrails = []
    }
    const { bytes } = await versionOf(await this.#base, { version, release, edit })
    const file = join(this.#dir, `${version}.ewp`)
    writeFileSync(file, bytes)
    return file
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
