import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ExternalPart } from './onnx-model.ts'

/** Plain names, which mean the same on Linux, Windows and macOS. */
const segment = /^[A-Za-z0-9_][A-Za-z0-9._ +@=-]*$/
const windowsDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** Why a relative path may not name a file beside the model; undefined where it may. */
export function whyUnsafe(location: string): string | undefined {
  if (location === '') return 'it names no file'
  if (/^[A-Za-z]:/.test(location) || /^[/\\]/.test(location))
    return "it is an absolute path; weights must lie in the model's own folder"
  const segments = location.split('/')
  if (location.split(/[/\\]/).includes('..')) return "it leads out of the model's folder"
  if (location.length > 200 || segments.length > 4) return 'it is too long'
  if (!segments.every((part) => segment.test(part) && !windowsDevice.test(part) && !/[. ]$/.test(part)))
    return 'it is no plain relative path (letters, digits, ".", "_", "-", "/")'
  return undefined
}

/**
 * Checks every place outside the file from which the model takes weights: relative, inside `folder`, there, regular,
 * reached by no link, and as long as the model says. Answers the different locations, ascending.
 * @throws EdgewrightError model-refused, naming tensor and location
 */
export async function checkExternalData(parts: readonly ExternalPart[], folder: string): Promise<string[]> {
  const sizes = new Map<string, number>()
  for (const { tensor, location, offset, length } of parts) {
    const refuse = (why: string) =>
      new EdgewrightError(
        'model-refused',
        `the model's weights "${tensor}" lie outside the file, in "${location}": ${why}`,
      )
    const unsafe = whyUnsafe(location)
    if (unsafe) throw refuse(unsafe)
    let size = sizes.get(location)
    if (size === undefined) {
      const found = await regularSize(folder, location)
      if (typeof found === 'string') throw refuse(found)
      size = found
      sizes.set(location, size)
    }
    if (
      !Number.isSafeInteger(offset) ||
      offset < 0 ||
      (length !== undefined && (!Number.isSafeInteger(length) || length < 0))
    )
      throw refuse('its offset or length is no whole number')
    if (offset + (length ?? 0) > size)
      throw refuse(
        `it has ${size} bytes, and the model reads up to byte ${offset + (length ?? 0)}: the file is cut short`,
      )
  }
  return [...sizes.keys()].sort()
}

/** The size of a regular file under `folder`, or why it is none. A link on the way counts as none. */
async function regularSize(folder: string, location: string): Promise<number | string> {
  const segments = location.split('/')
  for (let depth = 1; depth <= segments.length; depth++) {
    const name = segments.slice(0, depth).join('/')
    let stat: Awaited<ReturnType<typeof lstat>>
    try {
      stat = await lstat(join(folder, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return 'that file is not there; copy it beside the model'
      throw error
    }
    if (stat.isSymbolicLink())
      return `${depth < segments.length ? `the folder "${name}"` : 'it'} is a link; copy the file itself into the model's folder`
    if (depth < segments.length ? !stat.isDirectory() : !stat.isFile()) return 'it is no regular file'
    if (depth === segments.length) return stat.size
  }
  return 'it names no file'
}
