import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Trusted } from '#edge/update/trusted.ts'

/** Where the suite looks: `ROLE.json`, names of roles encoded. The high-water marks beside them, under a name that is no role's. */
const marksFile = 'high-water-marks'

export async function loadTrusted(dir: string): Promise<Trusted> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json'))
  const files = await Promise.all(
    names.map(async (name) => [
      decodeURIComponent(name.slice(0, -'.json'.length)),
      await readFile(join(dir, name), 'utf8'),
    ]),
  )
  const marks = await readFile(join(dir, marksFile), 'utf8').catch(() => '{}') // before the first refresh there are none
  return { files: Object.fromEntries(files), marks: JSON.parse(marks) }
}

/** The marks first: they may be ahead of the files, never behind. */
export async function storeTrusted(dir: string, { files, marks }: Trusted): Promise<void> {
  await replace(join(dir, marksFile), JSON.stringify(marks))
  for (const [role, text] of Object.entries(files))
    await replace(join(dir, `${encodeURIComponent(role)}.json`), text)
}

export async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content)
  await rename(`${path}.new`, path)
}
