import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { TrustRequest, Updates } from '#core/contracts/update.ts'
import { connect } from './edge-client.ts'
import { type Io, userPath } from './io.ts'
import { printUpdates } from './update.ts'

export interface TrustOptions {
  site: string
  group?: string[]
  source?: string
  fingerprint?: string
  recover?: boolean
  edge?: string
  data?: string
}

/** Gives an edge its root, once a person has seen that it is the right one. */
export async function trust(io: Io, file: string, options: TrustOptions): Promise<Updates> {
  const path = userPath(io, file)
  const root = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `the root ${path} cannot be read: ${error.message}`)
  })
  refuseOther(path, root)
  await confirmed(createHash('sha256').update(root).digest('hex'), options.fingerprint)
  const request: TrustRequest = {
    root,
    site: options.site,
    ...(options.group && { groups: options.group }),
    ...(options.source !== undefined && { source: options.source === 'none' ? null : options.source }),
    ...(options.recover && { recover: true }),
  }
  const status = await connect(io, options).json<Updates>('POST', '/api/trust', request)
  if (!io.json) printUpdates(io, status)
  return status
}

/** Nobody is to compare the fingerprint of what is no root. */
function refuseOther(path: string, text: string): void {
  let type: unknown
  try {
    type = (JSON.parse(text) as { signed?: { _type?: unknown } } | null)?.signed?._type
  } catch {
    type = undefined // no JSON: no root either
  }
  if (type === 'root') return
  throw new EdgewrightError('update-refused', `${path} is no root metadata`, {
    hint: 'Name metadata/1.root.json of the repository, or a newer N.root.json.',
  })
}

/** A root that nobody compared is whatever somebody on the way made of it. */
async function confirmed(found: string, told: string | undefined): Promise<void> {
  if (told !== undefined) {
    if (told.toLowerCase().replaceAll(/[\s:]/g, '') === found) return
    throw new EdgewrightError('update-refused', `the fingerprint of this root is ${found}, not the one given`)
  }
  if (!process.stdin.isTTY)
    throw new EdgewrightError('request-invalid', 'nobody can be asked whether this root is the right one', {
      hint: `Compare its fingerprint with the central team's, and name it: --fingerprint ${found}`,
    })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const asked = `The fingerprint of this root is\n  ${found.replaceAll(/(.{8})/g, '$1 ').trim()}\nIs it the one that the central team told you? Type yes: `
    if ((await terminal.question(asked)).trim().toLowerCase() === 'yes') return
  } finally {
    terminal.close()
  }
  throw new EdgewrightError('cancelled', 'the root was not confirmed', { hint: 'Nothing was changed.' })
}
