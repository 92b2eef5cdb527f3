import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** What a command may use of the world around it. */
export interface Io {
  env: NodeJS.ProcessEnv
  /** Prints to stdout; nothing else does. */
  print: (text: string) => void
  /** Progress and hints for a person, on stderr. */
  note: (text: string) => void
  json: boolean
}

/** A path as the person typed it: npm runs scripts in the project's folder and keeps theirs in INIT_CWD. */
export function userPath(io: Io, path: string): string {
  return resolve(io.env['INIT_CWD'] ?? process.cwd(), path)
}

/** The token of the edge: EDGEWRIGHT_TOKEN, or out of the data folder. Never an argument, where others could see it. */
export function readToken(io: Io, dataDir: string | undefined): string {
  const given = io.env['EDGEWRIGHT_TOKEN']
  if (given) return given.trim()
  const file = join(userPath(io, dataDir ?? 'data'), 'token')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new EdgewrightError('not-signed-in', `there is no token in ${file}`, {
      hint: 'Set EDGEWRIGHT_TOKEN, or name the data folder of the edge with --data DIR.',
      cause: error,
    })
  }
}
