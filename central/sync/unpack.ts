import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { limits } from './ingest.ts'

const unpackers = { zstd: promisify(zstdDecompress), gzip: promisify(gunzip) }

/** Each chunk is a way to another thread and back: 64 of them for a batch of a megabyte by the default of 16 KiB. */
const chunkFor = (bytes: number): number => Math.min(Math.max(4096, 4 * bytes), 1024 * 1024)

/** The body of a batch, as its Content-Encoding says; never more than a batch may have. @throws EdgewrightError sync-damaged */
export async function unpack(body: Buffer, encoding: string | undefined): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body
  const how = unpackers[encoding as keyof typeof unpackers]
  if (!how)
    throw new EdgewrightError('sync-damaged', `the encoding ${encoding} is not known here`, {
      hint: 'Send zstd or gzip.',
    })
  try {
    return await how(body, { maxOutputLength: limits.maxBytes, chunkSize: chunkFor(body.length) })
  } catch (cause) {
    throw new EdgewrightError('sync-damaged', `the batch cannot be unpacked: ${(cause as Error).message}`, {
      cause,
    })
  }
}
