import type { Readable } from 'node:stream'

/**
 * Where signed metadata and packages come from: a web server, or a folder (a stick's staged copy). Nothing that comes out of
 * it is believed before it was verified.
 */
export interface RepositorySource {
  /** As people call it: an address, or a path. */
  readonly name: string
  /**
   * A file under `metadata/`, whole. `undefined` where there is none (404, 403).
   * @throws EdgewrightError update-unreachable (said to be worth another try), update-refused (longer than `maxBytes`)
   */
  metadata(file: string, maxBytes: number): Promise<Buffer | undefined>
  /**
   * A file under `targets/` from byte `from` on. `from` in the answer is where it really begins: 0 where the server cannot
   * resume. Ends early where the line breaks; never yields more than `length` bytes in all.
   * @throws EdgewrightError update-unreachable, download-refused (not there)
   */
  target(file: string, length: number, from: number): Promise<{ from: number; bytes: Readable }>
}
