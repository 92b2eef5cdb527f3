import type { Document } from './document.ts'
import { refused } from './refusal.ts'

/**
 * High-water marks: the highest version of each role that was ever believed, as itself or as named by what is above it. They
 * hold even where the files were lost, and never go down but by a root that takes keys away.
 */
export class Marks {
  #marks: Map<string, number>

  constructor(marks: Record<string, number>) {
    this.#marks = new Map(Object.entries(marks))
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#marks)
  }

  /** @throws EdgewrightError update-refused: below the mark */
  check(role: string, version: number, label: string): void {
    const mark = this.#marks.get(role) ?? 0
    if (version >= mark) return
    const what = label.endsWith(' version') ? `${label} ${version}` : label
    throw refused(`${what}: that goes back, for this machine has believed ${role} version ${mark} already`)
  }

  /** That a snapshot takes no role back, and leaves none out. */
  checkListed({ label, signed: { meta } }: Document<'snapshot'>): void {
    for (const [role, mark] of this.#marks) {
      if (role === 'root' || role === 'timestamp' || role === 'snapshot') continue
      const file = Object.hasOwn(meta, `${role}.json`) ? meta[`${role}.json`] : undefined
      if (!file) throw refused(`${label} leaves out ${role}, which this machine has seen at version ${mark}`)
      this.check(role, file.version, `${label} names ${role} version`)
    }
  }

  raise({ role, kind, signed }: Document): void {
    this.#raise(role, signed.version)
    if (kind !== 'timestamp' && kind !== 'snapshot') return
    const { meta } = signed as Document<'timestamp' | 'snapshot'>['signed']
    for (const [name, { version }] of Object.entries(meta as Record<string, { version: number }>))
      if (kind === 'snapshot' || name === 'snapshot.json') this.#raise(name.replace(/\.json$/, ''), version)
  }

  forgetAllButRoot(): void {
    const root = this.#marks.get('root')
    this.#marks = new Map(root === undefined ? [] : [['root', root]])
  }

  #raise(role: string, version: number): void {
    this.#marks.set(role, Math.max(version, this.#marks.get(role) ?? 0))
  }
}
