import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Digests, digestsSchema } from '#core/contracts/package.ts'
import { syncFolder, writeDurably } from '../journal/durable-file.ts'
import {
  type Contents,
  digestsName,
  type ModelParts,
  modelNameIn,
  readContents,
  readJson,
} from './contents.ts'
import { hashFile, sha256Of } from './hash.ts'
import { inspectModel } from './inspect-model.ts'
import { defaultLimits, type PackageLimits } from './limits.ts'
import { isExtra, listingProblem } from './listing.ts'
import { unpack } from './unpack.ts'

export interface LoadedPackage extends Contents {
  /** sha256 (hex) of the package file. */
  digest: string
  /** Bytes of the package file. */
  bytes: number
  /** Where it lies unpacked. */
  dir: string
}

/** Beside the unpacked files, not among them: which package file they came from. */
const receiptName = 'receipt.json'

interface Receipt {
  digest: string
  bytes: number
  /** sha256 of digests.json, which vouches for the rest. */
  digests: string
}

/**
 * Unpacks a package file into a fresh folder under `intoDir` and checks all of it: names, sizes, digests, schemas, and
 * that the files fit together. The folder is durable when this resolves, and gone where it rejects. `vouch` is asked for the
 * package's digest before anything in it but the listing of its files is parsed, and refuses it by throwing.
 * @throws EdgewrightError package-refused, naming the file and the reason; file-unreadable
 */
export async function readPackage(
  source: string | Readable,
  intoDir: string,
  limits: PackageLimits = defaultLimits,
  vouch: (digest: string) => unknown = () => undefined,
): Promise<LoadedPackage> {
  const dir = await mkdtemp(join(intoDir, 'package-'))
  try {
    const stream = typeof source === 'string' ? await openFile(source) : source
    const { digest, bytes } = await unpack(stream, dir, limits)
    vouch(digest)
    const contents = await readContents(dir)
    const model = await inspectPackaged(dir)
    const receipt: Receipt = { digest, bytes, digests: sha256Of(await readFile(join(dir, digestsName))) }
    await writeDurably(join(dir, receiptName), JSON.stringify(receipt))
    await syncFolder(intoDir)
    return { ...contents, ...model, digest, bytes, dir }
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

/**
 * Reads an unpacked package again and hashes every file anew. Its model was looked at when it was installed: no more is
 * read of it than its bytes, piece by piece.
 * @throws EdgewrightError package-refused, naming the file that is not what it was
 */
export async function loadPackageDir(dir: string): Promise<LoadedPackage> {
  const refuse = (why: string) =>
    new EdgewrightError('package-refused', `the package in ${dir} is not what was installed: ${why}`, {
      hint: 'Install the package again.',
    })
  const receipt = await readReceipt(dir, refuse)
  if (sha256Of(await readFile(join(dir, digestsName))) !== receipt.digests)
    throw refuse(`"${digestsName}" has changed`)
  const { files } = await readListing(dir)
  for (const [name, { sha256, size }] of Object.entries(files)) {
    const found = await hashFile(join(dir, name)).catch((error: NodeJS.ErrnoException) => {
      throw refuse(`"${name}" cannot be read (${error.code ?? error.message})`)
    })
    if (found.sha256 !== sha256 || found.size !== size) throw refuse(`"${name}" has changed`)
  }
  await refuseUnlisted(dir, files)
  const contents = await readContents(dir)
  return { ...contents, ...installedModel(dir, files), digest: receipt.digest, bytes: receipt.bytes, dir }
}

async function openFile(path: string): Promise<Readable> {
  const found = await stat(path).catch((error: unknown) => {
    throw new EdgewrightError('file-unreadable', `there is no package at ${path}`, { cause: error })
  })
  if (!found.isFile())
    throw new EdgewrightError('file-unreadable', `${path} is no file`, {
      hint: 'Name the .ewp file; a folder is packed first: edgewright pack DIR.',
    })
  return createReadStream(path, { highWaterMark: 1 << 20 })
}

async function readReceipt(dir: string, refuse: (why: string) => EdgewrightError): Promise<Receipt> {
  try {
    return JSON.parse(await readFile(join(dir, receiptName), 'utf8')) as Receipt
  } catch (error) {
    throw refuse(`"${receiptName}" cannot be read (${(error as Error).message})`)
  }
}

async function readListing(dir: string): Promise<Digests> {
  const listing = await readJson(dir, digestsName, digestsSchema, 'package-refused')
  const problem = listingProblem(listing)
  if (problem) throw new EdgewrightError('package-refused', problem)
  return listing
}

const refused = (name: string, why: string) =>
  new EdgewrightError('package-refused', `"${name}" is refused: ${why}`)

/**
 * Looks at the model of a package that was just unpacked, in a process of its own. Every file but the known ones must be
 * weights that it names, and all of it the bytes that are vouched for.
 */
async function inspectPackaged(dir: string): Promise<ModelParts> {
  const { files } = await readListing(dir)
  const name = modelNameIn(files)
  const model = await inspectModel(join(dir, name)).catch((error: unknown) => {
    if (error instanceof EdgewrightError && error.code === 'model-refused')
      throw new EdgewrightError('package-refused', error.message, { cause: error })
    throw error
  })
  if (name !== `model.${model.format}`) throw refused(name, `it is a model in the format .${model.format}`)
  for (const { location, sha256 } of [{ location: name, ...model.file }, ...(model.file.external ?? [])]) {
    if (!Object.hasOwn(files, location)) throw refused(location, `"${digestsName}" does not list it`)
    if (files[location]!.sha256 !== sha256)
      throw refused(location, `its contents are not those that "${digestsName}" vouches for`)
  }
  const unasked = Object.keys(files).find((file) => isExtra(file) && !model.external.includes(file))
  if (unasked !== undefined) throw refused(unasked, 'the model does not name it as its weights')
  await refuseUnlisted(dir, files)
  return { modelFile: model.file, external: model.external }
}

/** The model of a package that was installed: every file but the known ones is weights that it names. */
function installedModel(dir: string, files: Digests['files']): ModelParts {
  const name = modelNameIn(files)
  const external = Object.keys(files).filter(isExtra).sort()
  const parts = external.map((location) => ({
    location,
    path: join(dir, location),
    sha256: files[location]!.sha256,
  }))
  return {
    modelFile: {
      path: join(dir, name),
      sha256: files[name]!.sha256,
      ...(parts.length > 0 && { external: parts }),
    },
    external,
  }
}

async function refuseUnlisted(dir: string, files: Digests['files']): Promise<void> {
  const listed = new Set([...Object.keys(files), digestsName, receiptName])
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const name = relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/')
    if (!entry.isDirectory() && !listed.has(name)) throw refused(name, `"${digestsName}" does not list it`)
  }
}
