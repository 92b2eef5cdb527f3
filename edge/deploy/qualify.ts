import { EdgewrightError } from '#core/contracts/errors.ts'
import type { InferenceLane } from '../inference/lane.ts'
import { verifyGolden } from '../package/golden.ts'
import type { LoadedPackage } from '../package/read-package.ts'

/**
 * May this version run on this machine? It must load in a fresh lane and answer its golden vectors as its makers saw it
 * answer. Rejects with `package-refused` in words where it does not.
 */
export async function qualify(lane: InferenceLane, { manifest, golden }: LoadedPackage): Promise<void> {
  await lane.ready
  const verdict = await verifyGolden(lane, golden, manifest)
  if (!verdict.ok)
    throw new EdgewrightError(
      'package-refused',
      `${manifest.id} ${manifest.version} answers differently here than where it was packed: ${verdict.reason}`,
    )
}
