/**
 * Canonical JSON, what signatures are made over: sorted keys, no spaces, whole numbers only, `\` and `"` escaped and nothing
 * else (OLPC's form, which TUF 1.0 names in section 4.2). Equal to @tufjs/canonical-json; a test holds them equal.
 * @throws TypeError for what it cannot hold: fractions, undefined
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  if (value === null || typeof value === 'boolean' || Number.isInteger(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no ${typeof value} ${String(value)}`)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${canonicalJson(key)}:${canonicalJson(inner)}`).join(',')}}`
}
