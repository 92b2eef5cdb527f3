import type { RepositoryStatus } from '#core/contracts/registry.ts'
import { nextTargets, openRepository } from '../registry/repository.ts'
import { verifyRepository } from '../registry/verify.ts'
import { type DeskParts, isThere } from './proposals.ts'

const dayMs = 86_400_000

/** How the signed repository stands: its metadata are looked at anew, the packages themselves are not hashed. */
export async function repositoryStatus({
  dir,
  artefacts,
  now,
}: Pick<DeskParts, 'dir' | 'artefacts' | 'now'>): Promise<RepositoryStatus> {
  if (!(await isThere(dir)))
    return {
      exists: false,
      problem: 'There is no signed repository yet: edgewright repo init, or edgewright registry adopt.',
      ...{ roles: [], families: [], sites: [], packages: 0, fingerprint: null, artefacts: artefacts.kind },
    }
  const nowMs = now()
  const report = await verifyRepository(dir, { nowMs, targets: false })
  const { delegations } = nextTargets(await openRepository(dir, { finish: false }))
  const named = (prefix: string) =>
    (delegations?.roles ?? []).flatMap(({ name }) =>
      name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
    )
  return {
    exists: true,
    problem: report.problems.length > 0 ? report.problems.join(' ') : null,
    roles: report.roles.map(({ role, version, expires }) => ({
      ...{ role, version, expires },
      expiresInDays: (Date.parse(expires) - nowMs) / dayMs,
    })),
    families: named('models-'),
    sites: named('site-'),
    packages: report.packages.length,
    fingerprint: report.fingerprint,
    artefacts: artefacts.kind,
  }
}
