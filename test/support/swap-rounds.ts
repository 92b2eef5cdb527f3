import type { SwapEdge } from './swap-edge.ts'
import { smallBase, versionsOf } from './versions.ts'

/** Swaps of versions in a round. */
export const swapsInRound = 3

/**
 * Installs a first version and gives a round of three swaps: the next version comes, is activated, rolled back, and
 * activated again; the one before the last retires and its folder goes. Four packages take turns.
 */
export async function swapRounds({
  install,
  activate,
  rollback,
  load,
}: SwapEdge): Promise<() => Promise<void>> {
  const base = await smallBase()
  base.manifest.operation.healthWindowS = 0
  const versions = await versionsOf(base, 4, 0.01)
  const reading = load({ clients: 0, pauseMs: 0, rowsPerS: 0 }, { features: ['a', 'b'] })
  await install(versions[0]!)
  let k = 0
  return async () => {
    k += 1
    const next = versions[k % versions.length]!
    const { version } = next.manifest
    await install(next)
    await activate(version)
    await reading.probe(version)
    const { to } = await rollback()
    await reading.probe(to)
    await activate(version)
    await reading.probe(version)
    if (reading.ledger.problems.length > 0) throw new Error(reading.ledger.problems.join('\n'))
  }
}
