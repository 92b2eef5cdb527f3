import { EdgewrightError } from '#core/contracts/errors.ts'
import type { RepositorySource } from '../source.ts'
import type { Trusted } from '../trusted.ts'
import { Chain, type Terms } from './chain.ts'
import { messageOf, refused, unreachable } from './refusal.ts'

type MetadataSource = Pick<RepositorySource, 'name' | 'metadata'>

/** One look at a repository: fetches what is newer, in TUF's order, into a chain of its own. Nothing is written anywhere. */
export class Session {
  readonly chain: Chain
  readonly #source: MetadataSource
  readonly #terms: Terms

  /** @throws EdgewrightError trust-missing: no root, or one that is torn */
  constructor(before: Trusted, source: MetadataSource, terms: Terms) {
    this.chain = new Chain(before, terms)
    this.#source = source
    this.#terms = terms
  }

  /** Root hop by hop, timestamp, snapshot, targets. @throws EdgewrightError; what was verified before it stays in the chain */
  async topLevel(): Promise<void> {
    const { chain } = this
    const { limits } = this.#terms
    for (let hop = 0; hop < limits.rootHops; hop += 1) {
      const file = `${chain.root.signed.version + 1}.root.json`
      const bytes = await this.#fetch(file, limits.rootBytes)
      if (!bytes) break
      chain.takeRoot(bytes)
    }
    chain.checkRoot()
    chain.knownTimestamp()
    chain.takeTimestamp(
      await this.#needed('timestamp.json', limits.timestampBytes, 'every repository has one'),
    )
    if (!chain.knownSnapshot()) {
      const { file, by } = chain.snapshotListed()
      const name = this.#fileOf('snapshot', file.version)
      chain.takeSnapshot(await this.#needed(name, least(file.length, limits.snapshotBytes), `${by} names it`))
    }
    await this.targets('targets', 'root')
  }

  /** A targets role as its delegator has it: from what is here, or fetched. @throws EdgewrightError */
  async targets(role: string, delegator: string): Promise<void> {
    const { chain } = this
    const { limits, rules } = this.#terms
    if (!rules.roleName.test(role)) throw refused(`${JSON.stringify(role)} is no name that a role may have`)
    if (chain.knownTargets(role, delegator)) return
    const { file, by } = chain.targetsListed(role)
    const name = this.#fileOf(role, file.version)
    const bytes = await this.#needed(name, least(file.length, limits.targetsBytes), `${by} names it`)
    chain.takeTargets(role, delegator, bytes)
  }

  /** Encoded, so that no name of a role leads out of the folder, or to another address. */
  #fileOf(role: string, version: number): string {
    const name = `${encodeURIComponent(role)}.json`
    return this.chain.root.signed.consistent_snapshot ? `${version}.${name}` : name
  }

  async #needed(file: string, maxBytes: number, why: string): Promise<Buffer> {
    const bytes = await this.#fetch(file, maxBytes)
    if (bytes) return bytes
    throw new EdgewrightError('update-unreachable', `${this.#source.name} has no ${file}, and ${why}`, {
      hint: 'It is not whole, or not the right place: ask whoever made it. What runs goes on.',
    })
  }

  async #fetch(file: string, maxBytes: number): Promise<Buffer | undefined> {
    let bytes: Buffer | undefined
    try {
      bytes = await this.#source.metadata(file, maxBytes)
    } catch (error) {
      if (error instanceof EdgewrightError) throw error
      throw unreachable(`${this.#source.name} cannot be read: ${messageOf(error)}`, error)
    }
    if (bytes && bytes.length > maxBytes)
      throw refused(`${file} is ${bytes.length} bytes long, and at most ${maxBytes} are read`)
    return bytes
  }
}

const least = (length: number | undefined, limit: number): number => Math.min(length ?? limit, limit)
