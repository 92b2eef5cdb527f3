import { spawnSync } from 'node:child_process'
import { Refusal, root } from './bootstrap.mjs'

/**
 * The bill of materials of what is shipped (CycloneDX 1.5, JSON): beside the runtime, and in dist/ (npm run dist).
 *
 * @typedef {{ type: string, url: string }} Reference
 * @typedef {{ 'bom-ref': string, name: string, version: string, externalReferences?: Reference[],
 *   properties?: { name: string, value: string }[] }} Component
 * @typedef {{ serialNumber?: string, metadata: { timestamp?: string, component: Component, [key: string]: unknown },
 *   components: Component[], dependencies: { ref: string, dependsOn?: string[] }[], [key: string]: unknown }} Bom
 */
export const sbomName = 'sbom.cdx.json'

/**
 * What npm says of the whole lockfile, cut down to what is shipped. Nothing of the machine that builds stays in it: npm names
 * the product by its folder, and every package by the registry that it came from. The same sources give the same bytes.
 * @param {Bom} bom @param {ReadonlySet<string>} shipped each `name@version` @param {string} name of the product
 * @returns {Bom}
 */
export function shippedOnly(bom, shipped, name) {
  const { serialNumber: _, metadata, components, dependencies, ...rest } = bom
  const { timestamp: __, component: product, tools: ___, ...said } = metadata
  const kept = components.filter((component) => shipped.has(`${component.name}@${component.version}`))
  const missing = [...shipped].filter(
    (wanted) => !kept.some((component) => `${component.name}@${component.version}` === wanted),
  )
  if (missing.length > 0)
    throw new Refusal(
      `The bill of materials lacks what is shipped: ${missing.join(', ')}. Is package-lock.json that of node_modules? Run npm ci.`,
    )
  const refs = new Set([product['bom-ref'], ...kept.map((component) => component['bom-ref'])])
  return {
    ...rest,
    metadata: { ...said, component: { ...plain(product), name, externalReferences: [] } },
    components: kept.map(plain),
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((on) => refs.has(on)) })),
  }
}

/** Without what differs between two npms and two machines. @param {Component} component @returns {Component} */
const plain = (component) => ({
  ...component,
  externalReferences: (component.externalReferences ?? []).filter(({ type }) => type !== 'distribution'),
  properties: (component.properties ?? []).filter((property) => property.name !== 'cdx:npm:package:path'),
})

/**
 * Asks npm (10 or newer), which needs no network for it. @param {ReadonlySet<string>} shipped @param {string} name
 * @returns {string} JSON
 */
export function sbomOf(shipped, name) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--loglevel=error']
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const done = spawnSync(/** @type {string} */ (command), [...first, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === 'win32' && first.length === 0,
  })
  if (done.status !== 0)
    throw new Refusal(
      `${done.stderr || done.error?.message}\nnpm could not make the bill of materials ("npm ${args.join(' ')}" failed, ` +
        'see above). It needs npm 10 or newer and a whole package-lock.json.',
    )
  return `${JSON.stringify(shippedOnly(JSON.parse(done.stdout), shipped, name), null, 2)}\n`
}
