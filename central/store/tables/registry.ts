import type { ColumnType, Generated, Selectable } from 'kysely'

type Json = ColumnType<unknown, string | null, string | null>

export interface RegistryTables {
  /** Every package that the signed repository names, or that waits to be named; a row stays when it goes. */
  registry_versions: {
    id: Generated<number>
    model: string
    version: string
    release: number
    digest: string
    bytes: number
    family: string
    /** Among the targets: `models/FAMILY/ID-VERSION.ewp`. */
    path: string
    platforms: string[] | null
    state: 'proposed' | 'published' | 'removed'
    proposed_at: Date | null
    proposed_by: string | null
    published_at: Date | null
    signed_by: string[]
    threshold: number
    keys: number
    lacks: string | null
    /** Manifest, as its bytes say; null: not read yet, or not to be read (`problem`). */
    manifest: Json
    card: string | null
    problem: string | null
    retire_at: Date | null
    deprecated_at: Date | null
    deprecated_by: string | null
    deprecated_reason: string | null
    revoked: Json
  }
  /** Signatures that brought a version in, by the ID of their key. */
  registry_approvals: {
    version_id: number
    key_id: string
    owner: string
    at: Date
    brought_by: string | null
  }
  /** Where aliases point now. */
  registry_aliases: {
    model: string
    alias: string
    version_id: number | null
    since: Date
    by: string
    reason: string
  }
  /** Every move of an alias; append only. */
  registry_alias_moves: {
    id: Generated<number>
    model: string
    alias: string
    from_version: string | null
    to_version: string | null
    at: Date
    by: string
    reason: string
  }
  /** Which notice of a retirement was given: days ahead, 0 where it has come. */
  registry_notices: { version_id: number; retire_at: Date; days: number; at: Date }
}
export type VersionRow = Selectable<RegistryTables['registry_versions']>
