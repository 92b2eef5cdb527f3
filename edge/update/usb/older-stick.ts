import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { issuedField } from '#core/contracts/update.ts'

/**
 * Of a stick that was refused: where what it says of itself is older than what is believed here, which of the two is
 * newer. What it says is not verified and decides nothing; it makes the refusal clear.
 */
export function olderStick(error: unknown, versions: Record<string, number>, metadataDir: string): unknown {
  if (!(error instanceof EdgewrightError) || error.code !== 'update-refused') return error
  const there = saidBy(join(metadataDir, 'timestamp.json'))
  const here = versions['timestamp']
  if (!there || here === undefined || there.version >= here) return error
  const when = there.issued === undefined ? '' : `, issued ${there.issued}`
  return new EdgewrightError(
    'import-refused',
    `the stick is older than what this machine believes: its timestamp is version ${there.version}${when}, and this machine has version ${here}`,
    {
      hint: 'What is here is newer, and stays. Ask the central team for a new stick (edgewright usb export DIR).',
      cause: error,
    },
  )
}

function saidBy(path: string): { version: number; issued: string | undefined } | undefined {
  try {
    const { signed } = JSON.parse(readFileSync(path, 'utf8')) as { signed?: Record<string, unknown> }
    const { version, [issuedField]: issued } = signed ?? {}
    if (typeof version !== 'number') return undefined
    return { version, issued: typeof issued === 'string' ? issued.slice(0, 40) : undefined }
  } catch {
    return undefined // the refusal that there was says enough
  }
}
