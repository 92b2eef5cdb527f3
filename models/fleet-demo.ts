import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Io } from '#cli/io.ts'
import { root } from './fleet/programs.ts'
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
// A story begins at its beginning: what an earlier one left is of no use to it.
const dir = resolve(process.env['INIT_CWD'] ?? root, flags.data ?? join(root, 'data-fleet'))
await rm(dir, { recursive: true, force: true })
await mkdir(dir, { recursive: true, mode: 0o711 })
const passphrase = randomBytes(24).toString('base64url')
const passphraseFile = join(dir, 'passphrase')
await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 })

const startedMs = Date.now()
const tell = (text: string) =>
  io.print(`${String(Math.round((Date.now() - startedMs) / 1000)).padStart(3)} s  ${text}`)
let over = false
const fail = (how: string) => {
  if (over) return
  io.note(how)
  process.exit(1)
}
const { centralLink, machines, stop } = await tellStory({
  ...{ io, dir, passphrase, passphraseFile, tell, ended: fail, port: Number(flags.port) },
}).catch((error: unknown) => {
  io.note(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
const end = () => {
  if (over) return
  over = true
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      io.note(String(error))
      process.exit(1)
    },
  )
}
process.on('SIGINT', end)
process.on('SIGTERM', end)
io.print('')
io.print(`The fleet:      ${centralLink}`)
io.print(`${machines[0]?.name}:    ${machines[0]?.link}`)
if (flags.once) end()
else io.print('Ctrl-C ends all of it.')
