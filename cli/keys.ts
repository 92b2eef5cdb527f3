import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createKey, keyId, ownerOf, type PublicKey, type SigningKey } from '#central/registry/key.ts'
import { minPassphrase, openKey, readPublicKey, sealKey, writeSecret } from '#central/registry/key-file.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { byDescriptor, readSecret } from './secret.ts'

export interface WithPassphrase {
  passphraseFd?: number
}
export interface KeyShown {
  file: string
  /** Where its public part lies alone, to be given to others. */
  public: string
  id: string
  owner: string
}

const passphraseOption = '--passphrase-fd'

/** A new key in a file of its own, sealed under a passphrase; its public part beside it. */
export async function createKeyFile(
  io: Io,
  file: string,
  options: WithPassphrase & { owner: string },
): Promise<KeyShown> {
  const path = userPath(io, file)
  const beside = `${path.replace(/\.key$/, '')}.pub`
  const key = named(() => createKey(options.owner))
  const [given] = passphrases(options.passphraseFd)
  const passphrase =
    given ??
    (await readSecret({
      what: `Passphrase for the key of ${key.owner}`,
      option: passphraseOption,
      twice: true,
    }))
  if (passphrase.length < minPassphrase)
    throw new EdgewrightError('key-refused', `a passphrase has at least ${minPassphrase} characters`, {
      hint: 'Choose a longer one, such as five words; nothing was written.',
    })
  await writeSecret(path, await sealKey(key, passphrase))
  await writeSecret(beside, `${JSON.stringify(key.public, null, 2)}\n`, 0o644)
  const shown = { file: path, public: beside, id: key.id, owner: key.owner }
  if (!io.json) {
    print(io, shown)
    io.print(
      `Give ${beside} to whoever makes the repository. Nobody can open the key without its passphrase.`,
    )
  }
  return shown
}

export async function showKey(io: Io, file: string): Promise<KeyShown & { key: PublicKey }> {
  const path = userPath(io, file)
  const key = await readPublicKey(path)
  const shown = { file: path, public: key.keyval.public, id: keyId(key), owner: ownerOf(key), key }
  if (!io.json) {
    print(io, shown)
    io.print(`Public part: ${shown.public} (${key.scheme})`)
  }
  return shown
}

const print = (io: Io, { owner, id, file }: KeyShown) => io.print(`${file}: key of ${owner}, ID ${id}`)

function named<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new EdgewrightError(
      'key-refused',
      'the name of its owner has 1 to 60 characters, and none that steer a terminal',
      {
        hint: 'Give a name as people say it: --owner "A. Weber".',
        cause: error,
      },
    )
  }
}

/**
 * Opens keys, each with its passphrase: a line each from the file descriptor in the order of the files (one line: for all
 * of them), or typed.
 */
export async function openKeys(
  io: Io,
  files: string[],
  { passphraseFd }: WithPassphrase,
): Promise<SigningKey[]> {
  const given = passphrases(passphraseFd)
  const keys: SigningKey[] = []
  for (const [index, file] of files.entries()) {
    const path = userPath(io, file)
    const owner = ownerOf(await readPublicKey(path))
    await warnOfReaders(io, path)
    const passphrase =
      (given.length === 1 ? given[0] : given[index]) ??
      (await readSecret({ what: `Passphrase for the key of ${owner} (${file})`, option: passphraseOption }))
    keys.push(await openKey(path, passphrase))
  }
  return keys
}

function passphrases(fd: number | undefined): string[] {
  if (fd === undefined) return []
  try {
    return readFileSync(fd, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '')
  } catch (error) {
    throw new EdgewrightError('file-unreadable', `nothing can be read from file descriptor ${fd}`, {
      hint: `Open it for reading: ${byDescriptor(passphraseOption)}.`,
      cause: error,
    })
  }
}

/** Sticks know no permissions, so it is said and not refused. */
async function warnOfReaders(io: Io, path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0)
    io.note(`Others on this machine can read ${path}; only its passphrase protects it. chmod 600 ${path}`)
}
