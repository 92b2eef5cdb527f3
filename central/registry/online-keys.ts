import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { namesIn } from './files.ts'
import type { SigningKey } from './key.ts'
import { openKey } from './key-file.ts'

export const keysFolder = 'keys'

/**
 * The keys that central signs with by itself: `DATA/keys/*.key`, all sealed under one passphrase. It is asked for only where there
 * is a key. Those of timestamp and snapshot, and of sites; a key that may sign root, targets or a family of models has no place
 * on a machine with a network, and the desk refuses it (desk.ts).
 * @throws EdgewrightError key-refused: another passphrase, no key, or others than its owner may read the file
 */
export async function openOnlineKeys({
  dataDir,
  passphrase,
}: {
  dataDir: string
  passphrase: () => Promise<string>
}): Promise<SigningKey[]> {
  const dir = join(dataDir, keysFolder)
  const files = (await namesIn(dir)).filter((name) => name.endsWith('.key')).map((name) => join(dir, name))
  if (files.length === 0) return []
  for (const file of files) await ownerOnly(file)
  const phrase = await passphrase()
  const keys: SigningKey[] = []
  // One after the other: each takes 128 MiB while its passphrase is derived.
  for (const file of files) keys.push(await openKey(file, phrase))
  return keys
}

async function ownerOnly(file: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0)
    throw new EdgewrightError(
      'key-refused',
      `others may read ${file} (mode ${(mode & 0o777).toString(8)}): a key is for its owner only`,
      { hint: `chmod 600 ${file}` },
    )
}
