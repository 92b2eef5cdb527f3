import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Imported, View } from '#core/contracts/update.ts'
import type { RepositorySource } from '../source.ts'

/** What verified metadata would come to; opaque to the import, which hands it back as it got it. */
export interface Checked {
  /** As it would be computed at a commit. */
  view: View
}

export interface Standing {
  /** By role: the version that is believed now. */
  versions: Record<string, number>
  /** null: a root is believed, and nothing else yet. */
  view: View | null
  models: ModelSummary[]
}

/** What an import does to this machine: the one door through which a stick's contents become believed and installed. */
export interface ImportTarget<C extends Checked = Checked> {
  /** What is believed and what is here now. @throws EdgewrightError trust-missing */
  standing(): Standing
  /**
   * Verifies what a source says against what is believed now and the machine's clock, and computes what it would mean.
   * Changes nothing. It reads `policy.json` through `source.target` as well.
   * @throws EdgewrightError update-refused, update-expired, update-unreachable, trust-missing
   */
  check(source: RepositorySource): Promise<C>
  /**
   * Commits what was checked, in one transaction, then installs and activates as assigned. `files`: by digest, the
   * packages that were brought, each verified; they may be moved away. One after the other with every other commit, and
   * refused where what is believed is no longer what `checked` was held against.
   * @returns what became of each package in `files`, and of each that was here already and was activated
   */
  commitAndApply(checked: C, files: ReadonlyMap<string, string>, by: string): Promise<Imported['packages']>
}
