import { EdgewrightError, type ErrorCode } from '#core/contracts/errors.ts'

/**
 * The segments of a file's path inside a repository: none of them leads out of it, and none is read by a file system as
 * something else.
 * @throws EdgewrightError with `code`
 */
export function segmentsOf(file: string, code: ErrorCode): string[] {
  const segments = file.split('/')
  for (const segment of segments)
    if (['', '.', '..'].includes(segment) || /[\p{Cc}\\]/u.test(segment) || segment.length > 255)
      throw new EdgewrightError(code, `${JSON.stringify(file)} is no path inside a repository`)
  return segments
}
