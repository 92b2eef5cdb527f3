import { connect } from './edge-client.ts'
import type { Io } from './io.ts'

/** A link that signs one browser in, once. */
export async function link(io: Io, options: { edge?: string; data?: string }): Promise<{ link: string }> {
  const client = connect(io, options)
  const { code } = await client.json<{ code: string }>('POST', '/api/session/code', {})
  const result = { link: `${client.origin}/#code=${code}` }
  if (!io.json) io.print(result.link)
  return result
}
