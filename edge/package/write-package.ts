import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Digests } from '#core/contracts/package.ts'
import { writeDurably } from '../journal/durable-file.ts'
import { digestsName, knownNames } from './contents.ts'
import { hashFile, sha256Of } from './hash.ts'

/** A file that goes into a package: bytes in memory, or a path from which they are streamed. */
export type PackageFile = { name: string; bytes: Uint8Array } | { name: string; path: string }

type Hashed = PackageFile & { sha256: string; size: number }

/**
 * Writes a package: a tar archive that depends on nothing but the files' names and contents. `digests.json` first,
 * then the known files in their order, then the weights by name; no times, owners or permissions of this machine.
 * The file is there as a whole or not at all. Answers its sha256 (hex) and size.
 */
export async function writePackage(
  path: string,
  files: readonly PackageFile[],
  signal?: AbortSignal,
): Promise<{ digest: string; bytes: number }> {
  const hashed: Hashed[] = []
  for (const file of [...files].sort(byPlace)) {
    signal?.throwIfAborted()
    const found =
      'bytes' in file
        ? { sha256: sha256Of(file.bytes), size: file.bytes.length }
        : await hashFile(file.path, signal)
    hashed.push({ ...file, ...found })
  }
  const digests: Digests = {
    formatVersion: 1,
    files: Object.fromEntries(hashed.map(({ name, sha256, size }) => [name, { sha256, size }])),
  }
  const first = Buffer.from(`${JSON.stringify(digests, null, 1)}\n`)
  const all: Hashed[] = [
    { name: digestsName, bytes: first, sha256: sha256Of(first), size: first.length },
    ...hashed,
  ]
  const hash = createHash('sha256')
  let bytes = 0
  await writeDurably(
    path,
    (async function* () {
      for await (const chunk of archive(all)) {
        signal?.throwIfAborted()
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    })(),
  )
  return { digest: hash.digest('hex'), bytes }
}

const place = ({ name }: PackageFile) => (knownNames as readonly string[]).indexOf(name) >>> 0
const byPlace = (a: PackageFile, b: PackageFile) => place(a) - place(b) || (a.name < b.name ? -1 : 1)

async function* archive(files: readonly Hashed[]): AsyncGenerator<Uint8Array> {
  const tar = pack()
  let failure: unknown
  const fed = feed(tar, files).catch((error: unknown) => {
    failure = error
    tar.destroy()
  })
  try {
    for await (const chunk of tar as AsyncIterable<Uint8Array>) yield chunk
  } catch (error) {
    failure ??= error
  }
  await fed
  if (failure) throw failure
}

async function feed(tar: Pack, files: readonly Hashed[]): Promise<void> {
  for (const file of files) {
    const header = {
      name: file.name,
      size: file.size,
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: new Date(0),
      type: 'file' as const,
    }
    if ('bytes' in file)
      await new Promise<void>((resolve, reject) =>
        tar.entry(header, file.bytes, (error) => (error ? reject(error) : resolve())),
      )
    else
      await pipeline(
        createReadStream(file.path, { highWaterMark: 1 << 20 }),
        unchanged(file),
        tar.entry(header) as unknown as Writable,
      )
  }
  tar.finalize()
}

/** What is packed must be what was hashed a moment ago. */
function unchanged({ name, sha256 }: Hashed): Transform {
  const hash = createHash('sha256')
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
    flush: (done) =>
      done(
        hash.digest('hex') === sha256
          ? null
          : new EdgewrightError('file-unreadable', `"${name}" changed while it was being packed`, {
              hint: 'Pack again.',
            }),
      ),
  })
}
