import type { RepositorySource } from '#edge/update/source.ts'

/** Metadata by plain GET, file names taken as they are: the suite has roles called `?` and `../x`, which arrive encoded. */
export function plainSource(metadataUrl: string): Pick<RepositorySource, 'metadata' | 'name'> {
  return {
    name: metadataUrl,
    metadata: (file, maxBytes) => fetched(`${metadataUrl.replace(/\/$/, '')}/${file}`, maxBytes),
  }
}

/** The bytes behind an address; undefined where there is nothing. @throws Error where there are more than `maxBytes` */
export async function fetched(url: string, maxBytes: number): Promise<Buffer | undefined> {
  const response = await fetch(url)
  if (response.status === 404 || response.status === 403) return undefined
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > maxBytes) throw new Error(`${url} is longer than ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
