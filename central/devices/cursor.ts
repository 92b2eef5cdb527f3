import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { plainLine } from '#core/contracts/fleet.ts'

const afterSchema = z.tuple([plainLine(100), plainLine(100), z.int().max(2 ** 31 - 1)])

/** Behind which machine a page begins; nothing that a person reads. */
export const pageCursor = ({ site, name, id }: { site: string; name: string; id: number }): string =>
  Buffer.from(JSON.stringify([site, name, id])).toString('base64url')

export function readCursor(
  cursor: string | undefined,
): { site: string; name: string; id: number } | undefined {
  if (cursor === undefined) return undefined
  try {
    const [site, name, id] = afterSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { site, name, id }
  } catch (error) {
    throw new EdgewrightError('request-invalid', 'the cursor is none that this list gave', { cause: error })
  }
}
