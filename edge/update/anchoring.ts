import { EdgewrightError } from '#core/contracts/errors.ts'
import type { TrustRequest, View } from '#core/contracts/update.ts'
import type { Settings } from '../journal/settings.ts'
import { type Belief, type Believed, emptyView } from './believed.ts'
import { anchored } from './metadata/refresh.ts'
import { shownAddress, usableAddress } from './sources/address.ts'
import type { Place } from './view.ts'

export interface AnchoringParts {
  believed: Believed
  settings: Settings
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  now: () => number
  platform: string
  failed: (error: unknown) => void
}

/** How this machine came to believe a root, and what it does where that root is lost. */
export class Anchoring {
  readonly #parts: AnchoringParts
  /** What was believed is lost: why. An admin must give the root again; what runs goes on. */
  damaged: string | undefined

  constructor(parts: AnchoringParts) {
    this.#parts = parts
  }

  /**
   * Before this start something may have been believed. Where the journal has lost it, it begins again at the root that lies
   * beside the journal, under the high-water marks that lie there as well: nothing older is believed than before.
   */
  async start(): Promise<void> {
    const { believed, failed } = this.#parts
    const { belief } = believed
    const problem = belief && rootProblem(belief)
    if (belief && problem === undefined) return
    const text = await believed.rootFile()
    if (text === undefined || !this.placed) {
      this.damaged = problem
      return
    }
    try {
      await this.#anchor(text, 'runtime', { ...(await believed.marks()), ...belief?.trusted.marks })
    } catch (error) {
      this.damaged = error instanceof Error ? error.message : String(error)
      failed(error)
    }
  }

  /** Where this machine belongs, and where its updates come from. Settings that were lost are no reason to forget it. */
  get placed(): Belief['place'] {
    return this.#parts.settings.values.updates ?? this.#parts.believed.belief?.place
  }

  get place(): Place {
    const { placed } = this
    if (!placed)
      throw new EdgewrightError('trust-missing', 'this machine was not told which site it belongs to')
    return { site: placed.site, groups: placed.groups, platform: this.#parts.platform }
  }

  /** @throws EdgewrightError trust-missing */
  belief(): Belief {
    const { belief } = this.#parts.believed
    if (belief && this.damaged === undefined) return belief
    throw new EdgewrightError(
      'trust-missing',
      this.damaged === undefined
        ? 'this machine has no root that it believes'
        : `what this machine believed is lost: ${this.damaged}`,
    )
  }

  /** The root that this machine believes from now on. Another one than before needs `recover`. */
  async trust(request: TrustRequest, by: string): Promise<void> {
    const { root, site, groups = [], recover = false } = request
    const { source = this.placed?.source ?? null } = request
    if (source !== null) usableAddress(source)
    const { believed, settings } = this.#parts
    const { belief } = believed
    const { fingerprint } = anchored(root)
    const isOther = belief ? belief.anchor.fingerprint !== fingerprint : this.damaged !== undefined
    if (isOther && !recover) throw exists(belief, fingerprint)
    if (belief && !recover) return this.putAt({ site, groups, source }, by) // the same root, perhaps at another place
    await settings.update({ updates: { site, groups, source } })
    if (recover) await believed.forgetMarks()
    await believed.keepRoot(root)
    await this.#anchor(root, by, recover ? {} : await believed.marks(), recover ? 0 : undefined)
    await this.#told({ site, groups, source }, by)
  }

  /** The place of this machine, whatever root it believes, if any: what was assigned elsewhere is not assigned here. */
  async putAt(place: NonNullable<Belief['place']>, by: string): Promise<void> {
    const { believed, settings } = this.#parts
    const { belief } = believed
    if (belief) await believed.commit({ ...belief, place, view: belief.view && elsewhere(belief.view) })
    await settings.update({ updates: place })
    await this.#told(place, by)
  }

  #told({ site, groups, source }: NonNullable<Belief['place']>, by: string): Promise<unknown> {
    const shown = source === null ? null : shownAddress(source)
    return this.#parts.audit('trust.placed', by, { site, groups, source: shown })
  }

  /** `floorMs` absent: what is known to have passed has passed, whoever is believed. */
  async #anchor(root: string, by: string, marks: Record<string, number>, floorMs?: number): Promise<void> {
    const { believed, audit, now } = this.#parts
    const { fingerprint, version } = anchored(root)
    await believed.commit({
      anchor: { fingerprint, at: new Date(now()).toISOString(), by },
      trusted: { files: { root }, marks: { ...marks, root: Math.max(version, marks['root'] ?? 0) } },
      view: stopsOf(believed.view),
      policy: undefined,
      ...(this.placed && { place: this.placed }),
      floorMs: floorMs ?? believed.belief?.floorMs ?? 0,
    })
    this.damaged = undefined
    await audit('trust.anchored', by, { fingerprint, version })
  }
}

/** What it says about the place where the machine stood is not for the one where it stands. */
function elsewhere({ problem: _, ...view }: View): View {
  return { ...view, assigned: [] }
}

/** Whoever is believed from now on has to say so before a version that was stopped may run: a lost root lifts nothing. */
function stopsOf(view: View | null): View | null {
  if (!view) return null
  const { revoked, minimumRelease } = view.policy
  const isEmpty = revoked.length === 0 && Object.keys(minimumRelease).length === 0
  return isEmpty ? null : { ...emptyView, policy: view.policy }
}

function rootProblem({ trusted }: Belief): string | undefined {
  try {
    anchored(trusted.files['root'] ?? '')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const exists = (belief: Belief | undefined, fingerprint: string) =>
  new EdgewrightError(
    'trust-exists',
    belief
      ? `this machine believes the root ${belief.anchor.fingerprint.slice(0, 16)}… already, and this one is ${fingerprint.slice(0, 16)}…`
      : 'this machine believed a root before, and lost it',
  )
