/** What this machine believes: verified metadata, and how far it has come. Kept in the journal, all of it or nothing. */
export interface Trusted {
  /** By role: its signed metadata, byte for byte as it was verified (JSON text). Roots: the newest under `root`. */
  files: Record<string, string>
  /**
   * High-water marks by role: the highest version that was ever believed. They outlive a torn or lost file. A root that
   * changes the keys of timestamp or snapshot takes those of timestamp, snapshot and all targets roles away (TUF 1.0, 5.3.11).
   */
  marks: Record<string, number>
}
