import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { noPolicy, policySchema, type View, viewSchema } from '#core/contracts/update.ts'
import { writeDurably } from '../journal/durable-file.ts'
import type { Journal } from '../journal/journal.ts'
import { readIfThere } from './read-if-there.ts'
import type { Trusted } from './trusted.ts'

/** Who gave this machine its root, and where it belongs. */
export interface Anchor {
  /** sha256 of the root that was given, hex. */
  fingerprint: string
  at: string
  by: string
}

/** All that the journal keeps of trust; written in one transaction. */
export interface Belief {
  anchor: Anchor
  trusted: Trusted
  /** null: no consistent set was seen yet. */
  view: View | null
  /** sha256 of the policy that the view holds; undefined: there was none. */
  policy: string | undefined
  /** Where this machine belongs, as it was told; the settings say it first. */
  place?: { site: string; groups: string[]; source: string | null }
  /** Never before this moment (epoch ms): signed metadata said so. */
  floorMs: number
}

export const beliefKey = 'update:belief'

const marksSchema = z.object({ root: z.int(), marks: z.record(z.string(), z.int()) })

/** Nothing is assigned; decisions about versions may be put into it. */
export const emptyView: View = { versions: {}, expires: {}, assigned: [], policy: noPolicy, app: [] }

/**
 * What this machine believes, in memory and in the journal. A second copy of the high-water marks and of the first root lies
 * beside the journal, in `trust/`: a journal that was lost or put back from an old copy takes no mark with it.
 */
export class Believed {
  readonly #journal: Pick<Journal, 'state' | 'write'>
  readonly #dir: string
  #belief: Belief | undefined

  private constructor(journal: Pick<Journal, 'state' | 'write'>, dir: string, belief: Belief | undefined) {
    this.#journal = journal
    this.#dir = dir
    this.#belief = belief
  }

  static async open(journal: Pick<Journal, 'state' | 'write'>, dataDir: string): Promise<Believed> {
    const dir = join(dataDir, 'trust')
    await mkdir(dir, { recursive: true })
    const stored = journal.state<Belief>(beliefKey)
    if (!stored) return new Believed(journal, dir, undefined)
    const view = viewSchema.nullable().safeParse(stored.view)
    const trusted = {
      ...stored.trusted,
      marks: higher(stored.trusted.marks, await readMarks(dir), rootMark(stored)),
    }
    return new Believed(journal, dir, {
      ...stored,
      trusted,
      view: view.success ? view.data : salvaged(stored.view),
    })
  }

  get belief(): Belief | undefined {
    return this.#belief
  }

  get view(): View | null {
    return this.#belief?.view ?? null
  }

  /** The root that an admin or an installer put into the data folder; undefined: none. */
  rootFile(): Promise<string | undefined> {
    return readIfThere(join(this.#dir, 'root.json'))
  }

  /**
   * The marks that outlived a journal; none where there are none.
   * @throws EdgewrightError trust-exists: they are torn, and how far this machine has come cannot be known
   */
  async marks(): Promise<Record<string, number>> {
    const found = await readMarks(this.#dir)
    if (found) return found.marks
    if ((await readIfThere(join(this.#dir, 'marks.json'))) === undefined) return {}
    throw new EdgewrightError(
      'trust-exists',
      'which versions this machine has believed cannot be read any more',
    )
  }

  /** Where another root begins: its roles count anew. */
  forgetMarks(): Promise<void> {
    return rm(join(this.#dir, 'marks.json'), { force: true })
  }

  keepRoot(text: string): Promise<void> {
    return writeDurably(join(this.#dir, 'root.json'), text)
  }

  /**
   * All of it durable, or nothing changed. The marks go to their second place first: they may be ahead, never behind.
   * @throws EdgewrightError update-refused: below a mark that a lost journal left beside it
   */
  async commit(next: Belief): Promise<void> {
    const marks = { root: rootMark(next), marks: next.trusted.marks }
    const beside = await readMarks(this.#dir)
    const back = beside?.root === marks.root && behind(marks.marks, beside.marks)
    if (back)
      throw new EdgewrightError(
        'update-refused',
        `${back} goes back: this machine has believed version ${beside.marks[back]} of it already`,
      )
    await writeDurably(join(this.#dir, 'marks.json'), JSON.stringify(marks))
    await this.#journal.write((tx) => tx.putState(beliefKey, next))
    this.#belief = next
  }
}

const behind = (own: Record<string, number>, marks: Record<string, number>): string | undefined =>
  Object.keys(marks).find((role) => (own[role] ?? 0) < marks[role]!)

/** A view of another version of this program: what must not run stays stopped until the next check. */
function salvaged(view: Belief['view']): View | null {
  const policy = policySchema.safeParse(view?.policy)
  return policy.success ? { ...emptyView, policy: policy.data } : null
}

const rootMark = ({ trusted: { marks } }: Belief): number => marks['root'] ?? 0

type Marks = z.infer<typeof marksSchema>

async function readMarks(dir: string): Promise<Marks | undefined> {
  const text = await readIfThere(join(dir, 'marks.json'))
  if (text === undefined) return undefined
  try {
    return marksSchema.parse(JSON.parse(text))
  } catch {
    return undefined // torn: those in the journal hold
  }
}

/** A newer root may have taken marks away on purpose (its keys changed), so those of the newer root hold; of one root, the higher. */
function higher(
  own: Record<string, number>,
  beside: Marks | undefined,
  root: number,
): Record<string, number> {
  if (!beside || beside.root < root) return own
  if (beside.root > root) return beside.marks
  const all = { ...own }
  for (const [role, mark] of Object.entries(beside.marks)) all[role] = Math.max(mark, own[role] ?? 0)
  return all
}
