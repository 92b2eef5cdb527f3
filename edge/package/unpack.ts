import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Extract, extract } from 'tar-stream'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Digests, digestsSchema } from '#core/contracts/package.ts'
import { inWords } from '#core/package/schema-words.ts'
import { diskTrouble } from '../journal/disk-trouble.ts'
import { syncFolder } from '../journal/durable-file.ts'
import { digestsName, listed } from './contents.ts'
import { limitFor, type PackageLimits } from './limits.ts'
import { listingProblem } from './listing.ts'
import { sniff } from './sniff.ts'

const refused = (why: string, cause?: unknown) => new EdgewrightError('package-refused', why, { cause })
const headBytes = 1024

type Entry = Extract extends AsyncIterable<infer E> ? E : never

/**
 * Unpacks a package's archive into an empty folder. `digests.json` must come first; after it come exactly the files
 * that it lists, each with the size and digest that it says, each once, as a regular file. Everything is fsynced.
 * @throws EdgewrightError package-refused, naming the file and the reason
 */
export async function unpack(
  source: Readable,
  dir: string,
  limits: PackageLimits,
): Promise<{ digest: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  let head = Buffer.alloc(0)
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
      if (bytes > limits.totalBytes)
        return done(refused(`the package is larger than ${limits.totalBytes} bytes`))
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const archive = extract()
  const work = [pipeline(source, counted, archive), unpackEntries(archive, dir, limits)]
  try {
    await Promise.all(work)
  } catch (error) {
    // The first error is the one to tell; but nothing may still be writing when the folder is removed.
    const ends = await Promise.allSettled(work)
    // What cannot be written ends the archive early, and that may be heard of first.
    for (const end of ends) {
      const disk = end.status === 'rejected' ? diskTrouble(end.reason) : undefined
      if (disk) throw disk
    }
    throw error instanceof EdgewrightError ? error : unreadable(error as Error, head)
  }
  return { digest: hash.digest('hex'), bytes }
}

function unreadable(error: Error, head: Buffer): EdgewrightError {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new EdgewrightError('file-unreadable', `the package cannot be read: ${error.message}`, {
      cause: error,
    })
  const archive = head.toString('latin1', 257, 262) === 'ustar'
  const what = archive
    ? `the archive is cut short or damaged (${error.message})`
    : (sniff(head) ?? 'it is no archive that edgewright packed')
  return refused(`the file is no package: ${what}`, error)
}

async function unpackEntries(
  archive: AsyncIterable<Entry>,
  dir: string,
  limits: PackageLimits,
): Promise<void> {
  let listing: Digests | undefined
  const left = new Map<string, Digests['files'][string]>()
  const folders = new Set([dir])
  for await (const entry of archive) {
    const { name, type, size } = entry.header
    if (type !== 'file')
      throw refused(
        `"${name}" is refused: it is a ${type ?? 'thing of an unknown kind'}, and a package holds regular files only`,
      )
    if (size > limitFor(name, limits))
      throw refused(
        `"${name}" is refused: its ${size} bytes are more than the ${limitFor(name, limits)} allowed`,
      )
    if (!listing) {
      if (name !== digestsName)
        throw refused(`the file is no package: its first entry is "${name}", not "${digestsName}"`)
      listing = await readListing(entry, dir, limits)
      for (const [file, digest] of Object.entries(listing.files)) left.set(file, digest)
      continue
    }
    const expected = left.get(name)
    if (!expected)
      throw refused(
        `"${name}" is refused: ${Object.hasOwn(listing.files, name) ? 'it is there twice' : `"${digestsName}" does not list it`}`,
      )
    left.delete(name)
    if (size !== expected.size)
      throw refused(`"${name}" is refused: it has ${size} bytes, and "${digestsName}" says ${expected.size}`)
    const folder = join(dir, dirname(name))
    await mkdir(folder, { recursive: true })
    folders.add(folder)
    const sha256 = await writeEntry(entry, join(dir, name))
    if (sha256 !== expected.sha256)
      throw refused(`"${name}" is refused: its contents are not those that "${digestsName}" vouches for`)
  }
  if (!listing) throw refused('the file is no package: it holds nothing')
  const missing = left.keys().next()
  if (!missing.done) throw refused(`"${missing.value}" is missing in the package`)
  for (const folder of folders) await syncFolder(folder)
}

async function readListing(entry: Entry, dir: string, limits: PackageLimits): Promise<Digests> {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw refused(`"${digestsName}" is no JSON: ${(error as Error).message}`, error)
  }
  const parsed = digestsSchema.safeParse(value)
  if (!parsed.success) throw refused(listed(digestsName, inWords(parsed.error)), parsed.error)
  const problem = listingProblem(parsed.data, limits.files)
  if (problem) throw refused(problem)
  await using file = await open(join(dir, digestsName), 'wx', 0o644)
  await file.writeFile(bytes)
  await file.sync()
  return parsed.data
}

async function writeEntry(entry: Entry, path: string): Promise<string> {
  const hash = createHash('sha256')
  await using file = await open(path, 'wx', 0o644)
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  await file.sync()
  return hash.digest('hex')
}
