import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { EdgewrightError } from '#core/contracts/errors.ts'

export interface TlsFiles {
  cert: string
  key: string
}

/** @throws EdgewrightError file-unreadable where they are missing or do not belong together */
export function readTls({ cert, key }: TlsFiles): { cert: Buffer; key: Buffer } {
  try {
    const read = { cert: readFileSync(cert), key: readFileSync(key) }
    createSecureContext(read)
    return read
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EdgewrightError('file-unreadable', `${cert} and ${key} cannot be used for TLS: ${why}`, {
      hint: 'Both are PEM files: the certificate with those between it and its issuer, and its key without a passphrase.',
      cause: error,
    })
  }
}

/** Looks whether the files were renewed, and gives the new ones to `use`; a pair that does not fit is told, and the old goes on. */
export function watchTls(
  files: TlsFiles,
  use: (read: { cert: Buffer; key: Buffer }) => void,
): () => Promise<void> {
  const changed = () => [files.cert, files.key].map((path) => statSync(path).mtimeMs).join()
  let seen = changed()
  return async () => {
    const now = changed()
    if (now === seen) return
    use(readTls(files))
    seen = now
  }
}
