import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { EdgewrightError } from '#core/contracts/errors.ts'

/**
 * Believes the certificate authorities of a PEM file beside those that Node knows, for all that this process asks over TLS:
 * central, and the repository of signed updates. Node's own NODE_EXTRA_CA_CERTS does the same, where it can be set.
 * @throws EdgewrightError file-unreadable
 */
export function believeAuthorities(file: string): void {
  try {
    const pem = readFileSync(file, 'utf8')
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate in PEM')
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), pem])
  } catch (error) {
    throw new EdgewrightError(
      'file-unreadable',
      `the certificates of ${file} (EDGEWRIGHT_CA) cannot be used: ${(error as Error).message}`,
      { cause: error },
    )
  }
}
