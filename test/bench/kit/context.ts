import { join } from 'node:path'
import type { Children } from './child.ts'
import type { Pace } from './interleave.ts'
import type { BenchModel } from './model.ts'

/** What every bench gets. */
export interface BenchContext {
  children: Children
  quick: boolean
  mlp: BenchModel
  /** A folder of the benches' own, on the disk of the checkout. */
  folder: (name: string) => string
}

/** `quick` halves the repetitions and more than halves their length: enough to see that it works, not to compare. */
export const paceOf = (quick: boolean, { repetitions, ms, warmUpMs }: Pace): Pace =>
  quick
    ? { repetitions: Math.max(1, Math.floor(repetitions / 2)), ms: ms / 4, warmUpMs: warmUpMs / 3 }
    : { repetitions, ms, warmUpMs }

export const folderIn =
  (dir: string) =>
  (name: string): string =>
    join(dir, name)
