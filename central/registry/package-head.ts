import { createReadStream } from 'node:fs'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { modelIdSchema, versionSchema } from '#core/contracts/manifest.ts'

const headSchema = z.looseObject({
  id: modelIdSchema,
  version: versionSchema,
  release: z.int().nonnegative(),
})
const maxManifestBytes = 4_000_000

export interface PackageHead {
  model: string
  version: string
  release: number
}

/**
 * What a package file says of itself in its `model.json`. Nothing else of it is looked at.
 * @throws EdgewrightError package-refused, file-unreadable
 */
export async function readPackageHead(file: string): Promise<PackageHead> {
  const tar = createReadStream(file)
    .on('error', (error) => entries.destroy(error))
    .pipe(extract())
  const entries = tar
  try {
    for await (const entry of entries) {
      if (entry.header.name.replace(/^\.\//, '') !== 'model.json') {
        entry.resume()
        continue
      }
      if ((entry.header.size ?? 0) > maxManifestBytes) throw new Error('its model.json is too long')
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      const { id, version, release } = headSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      return { model: id, version, release }
    }
    throw new Error('there is no model.json in it')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall)
      throw new EdgewrightError('file-unreadable', `${file}: ${(error as Error).message}`, { cause: error })
    throw new EdgewrightError('package-refused', `${file} is no package: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    tar.destroy()
  }
}
