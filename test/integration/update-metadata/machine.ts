import { expect } from 'vitest'
import type { ErrorCode } from '#core/contracts/errors.ts'
import { anchored, type Refreshed, type RefreshOptions, refresh } from '#edge/update/metadata/refresh.ts'
import type { RepositorySource } from '#edge/update/source.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import type { Trusted } from '#edge/update/trusted.ts'
import type { SignedSite } from '#support/signed-site.ts'

/** A machine that believes what it has verified, and nothing else. */
export interface Machine {
  trusted: Trusted
  /** What it last asked for, in this order. */
  asked: string[]
  /** Looks at the site, wants every role, and keeps what was verified. */
  look(options?: Partial<RefreshOptions>): Promise<Refreshed>
}

export function machine(site: SignedSite, root = site.root()): Machine {
  const { version } = anchored(root)
  const source = folderSource(site.dir)
  const made: Machine = {
    trusted: { files: { root }, marks: { root: version } },
    asked: [],
    async look(options = {}) {
      made.asked = []
      const recorded: RepositorySource = {
        ...source,
        metadata: (file, maxBytes) => {
          made.asked.push(file)
          return source.metadata(file, maxBytes)
        },
      }
      const found = await refresh(made.trusted, recorded, {
        nowMs: site.nowMs,
        wanted: (names) => names,
        ...options,
      })
      made.trusted = found.trusted
      return found
    },
  }
  return made
}

/** A machine that has seen all there is. */
export async function upToDate(site: SignedSite): Promise<Machine> {
  const made = machine(site)
  expectWhole(await made.look())
  return made
}

export function expectWhole(found: Refreshed): void {
  expect(found.failure?.message).toBeUndefined()
  expect(found.complete).toBe(true)
  expect(found.verified).toBeDefined()
}

/** Refused for this reason, and of these roles nothing newer is believed than before. */
export function expectRefused(
  found: Refreshed,
  before: Trusted,
  { code = 'update-refused', why, held }: { code?: ErrorCode; why: RegExp; held: string[] },
): void {
  expect(found.failure?.message).toMatch(why)
  expect(found.failure?.code).toBe(code)
  expect(found.complete).toBe(false)
  expect(found.verified).toBeUndefined()
  for (const role of held) {
    expect(found.trusted.files[role], `file of ${role}`).toBe(before.files[role])
    expect(found.trusted.marks[role], `mark of ${role}`).toBeGreaterThanOrEqual(before.marks[role]!)
  }
}
