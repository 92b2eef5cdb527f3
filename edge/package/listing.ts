import type { Digests } from '#core/contracts/package.ts'
import { digestsName, knownNames, modelNames } from './contents.ts'
import { whyUnsafe } from './external-data.ts'

const known = new Set<string>(knownNames)

/** Whether a name is none of a package's own: weights beside the model, if anything. */
export const isExtra = (name: string): boolean => !known.has(name)

/** Why a list of files may not be unpacked; undefined where it may. */
export function listingProblem({ files }: Digests, maxFiles = 256): string | undefined {
  const names = Object.keys(files)
  if (names.length > maxFiles)
    return `"${digestsName}" lists ${names.length} files; a package has at most ${maxFiles}`
  const models: readonly string[] = modelNames.filter((name) => Object.hasOwn(files, name))
  if (models.length > 1) return `there are two models in the package: ${models.join(' and ')}`
  const wanted = (name: string) =>
    !(modelNames as readonly string[]).includes(name) || (models.length === 0 && name === 'model.onnx')
  const missing = knownNames.find((name) => wanted(name) && !Object.hasOwn(files, name))
  if (missing) return `"${missing}" is missing in the package`
  // Names that differ by case only are one file on Windows and macOS.
  const taken = new Set([digestsName, 'receipt.json'])
  for (const name of names) {
    const unsafe = isExtra(name) ? whyUnsafe(name) : undefined
    if (unsafe) return `"${name}" may not be in a package: ${unsafe}`
    if (taken.has(name.toLowerCase())) return `"${name}" may not be in a package: another file has that name`
    taken.add(name.toLowerCase())
  }
  return undefined
}
