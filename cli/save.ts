import { pipeline } from 'node:stream/promises'
import { diskTrouble } from '#edge/journal/disk-trouble.ts'
import { writeDurably } from '#edge/journal/durable-file.ts'

type Bytes = AsyncIterable<Uint8Array>

/**
 * Writes what a server answers to a file, whole or not at all; without one, to stdout. `through` sees the bytes pass. What is not
 * read is cancelled: a connection that still sends would keep the command from ending, and its breaking off would be nobody's.
 */
export async function save(
  { body }: Response,
  file: string | undefined,
  through: (bytes: Bytes) => Bytes,
): Promise<void> {
  const bytes = body as ReadableStream<Uint8Array> & Bytes
  try {
    if (file === undefined) await pipeline(through(bytes), process.stdout, { end: false })
    else await writeDurably(file, through(bytes))
  } catch (error) {
    // Rejects with what broke it off, which is told already.
    await bytes.cancel().catch(() => undefined)
    throw (file !== undefined && diskTrouble(error)) || error
  }
}
