import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Io } from '#cli/io.ts'
import { emptyFolder } from './fleet/empty-folder.ts'
import { Programs, root } from './fleet/programs.ts'
import { tellStory } from './fleet/story.ts'

/** What `npm run demo` runs: a central, three machines, and a story that ends in two addresses. */

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string', default: '8800' },
    once: { type: 'boolean', default: false },
  },
})
const io: Io = {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  json: true,
}
const dir = resolve(process.env['INIT_CWD'] ?? root, flags.data ?? join(root, 'data-fleet'))
await emptyFolder(dir).catch((error: unknown) => {
  io.note(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
const passphrase = randomBytes(24).toString('base64url')
const passphraseFile = join(dir, 'passphrase')
await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 })

const startedMs = Date.now()
const tell = (text: string) =>
  io.print(`${String(Math.round((Date.now() - startedMs) / 1000)).padStart(3)} s  ${text}`)
const over = new AbortController()
const programs = new Programs((how) => end(1, how), over.signal)

/** Ends every process, then this one. The first reason counts. */
function end(status: number, why?: string): void {
  if (over.signal.aborted) return
  over.abort()
  if (why !== undefined) io.note(why)
  programs.stop().then(
    () => process.exit(status),
    (error: unknown) => {
      io.note(String(error))
      process.exit(1)
    },
  )
}
process.on('SIGINT', () => end(0))
process.on('SIGTERM', () => end(0))

const fail = (how: string) => end(1, how)
const parts = { io, dir, passphrase, passphraseFile, programs, tell, fail, over: over.signal }
tellStory({ ...parts, port: Number(flags.port) }).then(
  async ({ centralLink, machines: [first] }) => {
    const person = await first?.person()
    io.print('')
    io.print(`The fleet:      ${centralLink}`)
    io.print(`${first?.name}:    ${first?.link}   (sign in as "${person?.name}", PIN ${person?.pin})`)
    if (flags.once) end(0)
    else io.print('Ctrl-C ends all of it.')
  },
  (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
)
