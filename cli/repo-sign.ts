import { readFile } from 'node:fs/promises'
import { writeWhole } from '#central/registry/files.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import { locked } from '#central/registry/lock.ts'
import { openRepository } from '#central/registry/repository.ts'
import type { Settled } from '#central/registry/settle.ts'
import {
  exportForSigning,
  type Imported,
  importSigned,
  parseSigningFile,
  type SigningFile,
  signFile,
  type ToSign,
  toSign,
} from '#central/registry/signing-file.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { openKeys, type WithPassphrase } from './keys.ts'
import { change, confirmed, type DeskOptions, show } from './repo-desk.ts'

/** Writes what waits for signatures into a file for those who sign on other machines. */
export async function exportRoles(
  io: Io,
  to: string,
  roles: string[],
  { repo }: { repo: string },
): Promise<{ file: string; toSign: ToSign[] }> {
  const dir = userPath(io, repo)
  const path = userPath(io, to)
  const file = await locked(dir, async () =>
    exportForSigning(await openRepository(dir), roles.length > 0 ? roles : undefined),
  )
  await writeWhole(path, `${JSON.stringify(file, null, 1)}\n`)
  const asked = toSign(file)
  if (!io.json) {
    show(asked, io.print)
    io.print(`Written to ${path}. On the machine of each signer: edgewright repo sign ${to} --key KEY`)
  }
  return { file: path, toSign: asked }
}

/** Shows what a file asks for, and signs it once the person says yes. */
export async function signExported(
  io: Io,
  from: string,
  { key, yes, ...options }: WithPassphrase & { key: string; yes?: boolean },
): Promise<{ file: string; signed: string[]; toSign: ToSign[] }> {
  const path = userPath(io, from)
  const file = await read(path)
  const own = await readPublicKey(userPath(io, key))
  const asked = toSign(file, own)
  if (!io.json) show(asked, io.print)
  if (!yes) await confirmed(asked.map(({ role }) => role))
  const [signer] = await openKeys(io, [key], options)
  const { file: after, signed } = signFile(file, signer!)
  if (signed.length === 0)
    throw new EdgewrightError('key-refused', `the key of ${signer!.owner} signs nothing of ${path}`, {
      hint: asked.some(({ have }) => have.includes(signer!.owner))
        ? 'It has signed already; give the file back, or to the next who signs.'
        : `These may sign: ${[...new Set(asked.flatMap(({ signers }) => signers))].join(', ')}.`,
    })
  await writeWhole(path, `${JSON.stringify(after, null, 1)}\n`)
  if (!io.json)
    io.print(
      `Signed by ${signer!.owner}: ${signed.join(', ')}. Give the file to the next who signs, or back: edgewright repo import FILE (to a central: edgewright registry signatures FILE)`,
    )
  return { file: path, signed, toSign: toSign(after, own) }
}

/** Takes the signatures of a file that came back; what is complete goes live. */
export async function importRoles(
  io: Io,
  from: string,
  options: DeskOptions,
): Promise<Settled & { imported: Imported[] }> {
  const file = await read(userPath(io, from))
  return change(
    io,
    options,
    (repository) => {
      const imported = importSigned(repository, file)
      if (!io.json)
        for (const { role, added } of imported)
          io.print(`${role}: ${added.length > 0 ? `signed by ${added.join(', ')}` : 'no new signature'}`)
      return { imported }
    },
    { sign: false },
  )
}

async function read(path: string): Promise<SigningFile> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `${path} cannot be read: ${error.message}`)
  })
  return parseSigningFile(text, path)
}
