import { createReadStream } from 'node:fs'
import { copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../registry/files.ts'
import { type Artefacts, keyOf } from './artefacts.ts'
import { emptyStaging, stage } from './staging.ts'

/** Artefacts in a folder: `sha256/ab/abcd…`, each put there by one atomic step once it is on the disk. */
export async function fileArtefacts(dir: string): Promise<Artefacts> {
  const staging = join(dir, 'staging')
  await emptyStaging(staging)
  const pathOf = (digest: string) => join(dir, keyOf(digest))
  const has = async (digest: string) => {
    const found = await stat(pathOf(digest)).catch(ifThere)
    return found?.isFile() ? found.size : undefined
  }
  const artefacts: Artefacts = {
    kind: 'files',
    has,
    stage: (bytes, limits) => stage(staging, bytes, limits),
    async put(bytes, limits) {
      const staged = await stage(staging, bytes, limits)
      try {
        await artefacts.keep(staged)
        return { digest: staged.digest, bytes: staged.bytes }
      } finally {
        await staged.drop()
      }
    },
    async keep({ file, digest, bytes }) {
      if ((await has(digest)) === bytes) return { known: true }
      const to = pathOf(digest)
      await mkdir(dirname(to), { recursive: true, mode: 0o700 })
      const beside = `${file}.keep.part`
      try {
        await link(file, beside).catch(() => copied(file, beside)) // Not every file system has hard links.
        await rename(beside, to)
      } finally {
        await rm(beside, { force: true })
      }
      for (const folder of [dirname(to), dirname(dirname(to)), dir]) await syncFolder(folder)
      return { known: false }
    },
    async open(digest, range) {
      if ((await has(digest)) === undefined) return undefined
      return createReadStream(pathOf(digest), { highWaterMark: 1 << 18, ...range })
    },
    remove: (digest) => rm(pathOf(digest), { force: true }),
  }
  return artefacts
}

async function copied(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  const file = await open(to, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
