import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ExportQuery } from '#core/contracts/review.ts'
import { connectCentral, type Where } from './central-client.ts'
import { type Io, userPath } from './io.ts'
import { save } from './save.ts'

type Options = Where &
  Pick<ExportQuery, 'format' | 'model' | 'site' | 'from' | 'to' | 'state' | 'all'> & { output?: string }

/** Writes reviewed answers to a file, whole or not at all, or to stdout. */
export async function exportFeedback(
  io: Io,
  { output, central, data, ...query }: Options,
): Promise<{ file: string; bytes: number } | undefined> {
  const where = { ...(central !== undefined && { central }), ...(data !== undefined && { data }) }
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(wanted.map(([name, value]): [string, string] => [name, String(value)]))
  const response = await connectCentral(io, where).send('GET', `/api/feedback/export?${search}`)
  const counted = { bytes: 0 }
  const file = output === undefined ? undefined : userPath(io, output)
  await save(response, file, (bytes) => counting(bytes, counted))
  if (file === undefined) return undefined
  if (!io.json) io.print(`${file} holds ${counted.bytes} bytes.`)
  return { file, bytes: counted.bytes }
}

async function* counting(
  bytes: AsyncIterable<Uint8Array>,
  counted: { bytes: number },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      counted.bytes += chunk.length
      yield chunk
    }
  } catch (error) {
    throw new EdgewrightError('central-unreachable', 'central broke the export off', {
      hint: 'See its log, and export again.',
      cause: error,
    })
  }
}
