/**
 * Names of roles and paths in a signed repository (TUF 1.0, consistent snapshots), the same for those who sign and for
 * those who verify. A repository is a folder of static files:
 *
 * metadata/N.root.json · metadata/timestamp.json · metadata/N.ROLE.json · targets/DIR/SHA256.NAME
 */
export const metadataFolder = 'metadata'
export const targetsFolder = 'targets'
/** On a stick, the folder that holds one. */
export const stickFolder = 'edgewright-repository'

/** A site, a group of machines at it, a family of models: path-safe, and part of a role's name. */
export const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/

export const modelsRole = (family: string): string => `models-${family}`
export const siteRole = (site: string): string => `site-${site}`
export const appRole = 'app'

/** What each delegated role may sign. A `*` stands for one segment (TUF 1.0, section 4.5). */
export const modelsPaths = (family: string): string[] => [`models/${family}/*`]
export const sitePaths = (site: string): string[] => [`sites/${site}/*`, `sites/${site}/*/*`]
export const appPaths = ['app/*']

/** Of a package, in `models-FAMILY`. */
export const packagePath = (family: string, id: string, version: string): string =>
  `models/${family}/${id}-${version}.ewp`
/** Of what a site, or a group of machines at it, is to run of one model, in `site-SITE`. Nothing is fetched from there. */
export const assignmentPath = (site: string, group: string | null, model: string): string =>
  group === null ? `sites/${site}/${model}` : `sites/${site}/${group}/${model}`
/** Revocations and minimum releases, in the top-level targets. */
export const policyPath = 'policy.json'

/** Where a target lies under `targets/`: its digest stands before its name (TUF 1.0, section 6.2). */
export function targetFile(path: string, sha256: string): string {
  const cut = path.lastIndexOf('/') + 1
  return `${path.slice(0, cut)}${sha256}.${path.slice(cut)}`
}
