import { EdgeClient } from './edge-client.ts'
import { type Io, readToken } from './io.ts'

/** A link that signs one browser in, once. */
export async function link(io: Io, options: { edge: string; data?: string }): Promise<{ link: string }> {
  const client = new EdgeClient(options.edge, readToken(io, options.data))
  const { code } = await client.json<{ code: string }>('POST', '/api/session/code', {})
  const result = { link: `${new URL(options.edge).origin}/#code=${code}` }
  if (!io.json) io.print(result.link)
  return result
}
