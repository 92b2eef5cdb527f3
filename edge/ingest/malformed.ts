/** Of an asset, an id. */
export const maxNameLength = 200

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Epoch ms of an RFC 3339 time; NaN where it is none. */
export function parseTime(text: string): number {
  return rfc3339.test(text) ? Date.parse(text) : Number.NaN
}

const keys = new Set(['id', 'asset', 'time', 'values', 'units'])

/** The reading contract, by hand: the same verdicts as `readingSchema`, at a tenth of its cost (a test compares them). */
export function whyMalformed(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return 'a reading is an object {asset, time, values}'
  const { id, asset, time, values, units } = raw as Record<string, unknown>
  if (typeof asset !== 'string' || asset.length === 0 || asset.length > maxNameLength)
    return '"asset" must be a text of 1 to 200 characters'
  if (typeof time !== 'string') return '"time" must be an RFC 3339 text'
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    return '"values" must be an object {name: value}'
  if (id !== undefined && (typeof id !== 'string' || id.length === 0 || id.length > maxNameLength))
    return '"id" must be a text of 1 to 200 characters'
  for (const name in raw) if (!keys.has(name)) return `"${name.slice(0, 60)}" is not a part of a reading`
  for (const name in values)
    if (
      typeof (values as Record<string, unknown>)[name] === 'object' &&
      (values as Record<string, unknown>)[name] !== null
    )
      return `"values.${name.slice(0, 60)}" must be a number, a text, a boolean or null`
  if (units !== undefined) {
    if (typeof units !== 'object' || units === null || Array.isArray(units))
      return '"units" must be an object {name: unit}'
    for (const unit of Object.values(units)) if (typeof unit !== 'string') return '"units" must hold texts'
  }
  return undefined
}
