import type { Alert } from '#core/contracts/alert.ts'
import { type Condition, isQuiet, quiet } from './condition.ts'

/** The conditions of one model, whichever of its versions saw them last: by asset and rule, those of which there is something to tell. */
export class Conditions {
  readonly #byAsset = new Map<string, Map<string, Condition>>()

  /** What has not cleared is active; delays start anew. */
  constructor(standing: readonly Alert[]) {
    for (const { asset, rule } of standing) this.set(asset, rule, { active: true, turningSinceMs: null })
  }

  get(asset: string, rule: string): Condition {
    return this.#byAsset.get(asset)?.get(rule) ?? quiet
  }

  /** Those of these rules, in their order, for every asset of which there is something to tell. */
  of(rules: readonly { id: string }[]): [asset: string, conditions: Condition[]][] {
    return [...this.#byAsset.keys()].map((asset) => [asset, rules.map(({ id }) => this.get(asset, id))])
  }

  set(asset: string, rule: string, condition: Condition): void {
    const known = this.#byAsset.get(asset)
    if (!isQuiet(condition)) {
      if (known) known.set(rule, condition)
      else this.#byAsset.set(asset, new Map([[rule, condition]]))
    } else if (known?.delete(rule) && known.size === 0) this.#byAsset.delete(asset)
  }

  /** Drops those of rules that nobody watches any more. */
  keepOnly(rules: ReadonlySet<string>): void {
    for (const [asset, known] of this.#byAsset)
      for (const rule of known.keys()) if (!rules.has(rule)) this.set(asset, rule, quiet)
  }
}
