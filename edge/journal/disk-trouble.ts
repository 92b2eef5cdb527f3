import { EdgewrightError } from '#core/contracts/errors.ts'

/** errno(3) of calls that the disk refused, not the caller. */
const words: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk reports an error',
  EFBIG: 'the file would be larger than the file system allows',
}

/** The refusal of a disk in words; undefined where the error speaks of something else. */
export function diskTrouble(error: unknown): EdgewrightError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, message } = error as NodeJS.ErrnoException
  const why = words[code ?? '']
  return why === undefined
    ? undefined
    : new EdgewrightError('disk-unwritable', `${why} (${message})`, { cause: error })
}
