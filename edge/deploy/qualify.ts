import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Qualification } from '#core/contracts/hardware.ts'
import { verifyGolden } from '../package/golden.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import type { OpenLane } from './loaded-version.ts'

/**
 * May this version run on this machine? It must load in a fresh lane and answer its golden vectors as its makers saw it
 * answer. Rejects with `package-refused` in words where it does not.
 */
export async function qualify(loaded: LoadedPackage, openLane: OpenLane): Promise<Qualification> {
  const { manifest, golden, modelFile } = loaded
  const lane = openLane(modelFile)
  try {
    const { onnxruntimeVersion } = await lane.ready
    const verdict = await verifyGolden(lane, golden, manifest)
    if (!verdict.ok)
      throw new EdgewrightError(
        'package-refused',
        `${manifest.id} ${manifest.version} answers differently here than where it was packed: ${verdict.reason}`,
      )
    return {
      chosen: 'cpu',
      reason: '',
      measuredAt: '',
      model: modelFile.sha256,
      onnxruntime: onnxruntimeVersion,
      driver: '',
      trials: [],
    }
  } finally {
    await lane.close()
  }
}
