import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'

export type Expression = ParseResult

/** Stands for all of a reading's values, by the names of their features. */
export const nameOfReading = 'reading'

/**
 * Functions of CEL that a rule may call. Not among them: what takes time without bound (`matches` is a backtracking
 * regular expression here; `all`, `exists`, `map`, `filter` can be nested).
 */
const functions = new Set(
  'contains startsWith endsWith size lowerAscii upperAscii trim double int uint string bool type dyn'.split(
    ' ',
  ),
)

/** Whether an expression may name a feature, only as `reading["NAME"]` (its name is no identifier, or a word of CEL), or not at all. */
export type HowToSay = 'by name' | 'by index' | 'not at all'

/** What type checking does not see, in words. */
export function mistakesIn(node: ASTNode, features: ReadonlyMap<string, HowToSay>): string[] {
  const read = readName(node)
  if (read !== undefined) {
    const how = features.get(read)
    if (how === 'by name' || how === 'by index') return []
    return how === 'not at all'
      ? [`reads "${read}", an image or a series; rules judge numbers, categories and texts`]
      : [`names "${read}", which is not a feature of this model`]
  }
  if (node.op === 'id' && node.args === nameOfReading)
    return [`needs the name of a feature after "reading", such as reading["torque"]`]
  if (node.op === 'id' && features.get(node.args) === 'by index')
    return [`names "${node.args}", a word of CEL itself: write reading["${node.args}"]`]
  if ((node.op === 'call' || node.op === 'rcall') && !functions.has(node.args[0]))
    return [`calls "${node.args[0]}"; a rule may call ${[...functions].join(', ')}`]
  const parts: unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args]
  return parts.filter(isNode).flatMap((part) => mistakesIn(part, features))
}

/** Comparisons with what no value of that category is: they would never be met, or always. `words`: of each category. */
export function strangeWordsIn(node: ASTNode, words: ReadonlyMap<string, readonly string[]>): string[] {
  const parts = (Array.isArray(node.args) ? node.args.flat(2) : [node.args]).filter(isNode)
  const found = parts.flatMap((part) => strangeWordsIn(part, words))
  if (node.op !== '==' && node.op !== '!=') return found
  for (const [one, other] of [node.args, [...node.args].reverse()] as [ASTNode, ASTNode][]) {
    const name = readName(one) ?? (one.op === 'id' ? one.args : '')
    const known = words.get(name)
    const isWord = other.op === 'value' && typeof other.args === 'string'
    if (known && isWord && !known.includes(other.args as string))
      found.push(`compares "${name}" with "${other.args}", which it never is: ${known.join(', ')}`)
  }
  return found
}

/** The feature in `reading["NAME"]` or `reading.NAME`. */
function readName(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined
  const [of, name] = node.args
  if (of.op !== 'id' || of.args !== nameOfReading) return undefined
  if (typeof name === 'string') return name
  return name.op === 'value' && typeof name.args === 'string' ? name.args : undefined
}

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part

/** An error of the library without the excerpt that it draws. */
export function summaryOf(error: unknown): string {
  if (error instanceof Error && 'summary' in error) return String(error.summary)
  return error instanceof Error ? error.message : String(error)
}
