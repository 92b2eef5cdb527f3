import { download } from '#edge/update/download/download.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'

/** Downloads into a folder and says how far it is, a line each time. */
const [url, dir, file, length, sha256] = process.argv.slice(2) as [string, string, string, string, string]
try {
  const path = await download(
    httpSource(url),
    { file, length: Number(length), sha256 },
    {
      dir,
      limits: { reserveBytes: 0, syncEveryBytes: 100_000 },
      onProgress: (bytes) => process.stdout.write(`${bytes}\n`),
    },
  )
  process.stdout.write(`${path}\n`)
} catch (error) {
  const { code, message } = error as { code?: string; message: string }
  process.stdout.write(`${JSON.stringify({ code, message })}\n`)
  process.exitCode = 1
}
