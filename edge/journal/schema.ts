/** Forward migrations; the n-th leads to `user_version` n. What was released is never edited, only added to. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

  -- One row per life of the journal. tips: where the streams of the epoch before ended, [[seq, digest hex], …] by stream.
  CREATE TABLE epochs (n INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL, why TEXT NOT NULL,
    tips TEXT NOT NULL) STRICT;

  -- The end of each stream in the newest epoch: without it a chain that lost its last blocks would still hold.
  CREATE TABLE heads (stream INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest BLOB NOT NULL, blocks INTEGER NOT NULL,
    rows INTEGER NOT NULL) STRICT;

  CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  -- What the columns of a record mean; kept once, named by hash in the digest of each block that uses it.
  CREATE TABLE shapes (id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT;

  -- payload is last, so that the header is read without it. NULL: dropped by retention.
  CREATE TABLE blocks (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, epoch_n INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, model INTEGER, shape INTEGER,
    sha256 BLOB NOT NULL, prev BLOB NOT NULL, digest BLOB NOT NULL, payload BLOB, UNIQUE (stream, epoch_n, first)) STRICT;
  CREATE INDEX blocks_kept ON blocks (model) WHERE model IS NOT NULL AND payload IS NOT NULL;

  CREATE TABLE event_kinds (stream INTEGER NOT NULL, kind TEXT NOT NULL, epoch_n INTEGER NOT NULL, first INTEGER NOT NULL,
    PRIMARY KEY (stream, kind, epoch_n, first)) STRICT, WITHOUT ROWID;

  -- Lists of blocks by time: '*' all of a model, '=ASSET' those of one asset, '+' those of so many assets that each of
  -- them is not listed (sources.ts). span_ms: the longest time that one block covers, which bounds a search.
  CREATE TABLE sources (id INTEGER PRIMARY KEY, model INTEGER NOT NULL, name TEXT NOT NULL, span_ms INTEGER NOT NULL,
    UNIQUE (model, name)) STRICT;
  CREATE TABLE block_sources (source INTEGER NOT NULL, to_ms INTEGER NOT NULL, block INTEGER NOT NULL, from_ms INTEGER NOT NULL,
    PRIMARY KEY (source, to_ms, block)) STRICT, WITHOUT ROWID;

  -- Senders' ids as text: most count upwards, and neighbours in one page cost a twentieth of the writes of a hash.
  CREATE TABLE reading_ids (id TEXT NOT NULL, model INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (id, model))
    STRICT, WITHOUT ROWID;

  -- real: 1 and 0 as the operator answered; NULL where nobody did, or could not tell.
  CREATE TABLE alerts (id TEXT PRIMARY KEY, state TEXT NOT NULL, priority TEXT NOT NULL, model TEXT NOT NULL, rule TEXT NOT NULL,
    asset TEXT NOT NULL, raised_ms INTEGER NOT NULL, real INTEGER, json TEXT NOT NULL) STRICT;
  CREATE INDEX alerts_by_state ON alerts (state, raised_ms, id);
  CREATE INDEX alerts_answered ON alerts (model, rule, real, raised_ms) WHERE real IS NOT NULL;

  CREATE TABLE state (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- Under '+' the marks of the block's assets (sources.ts); NULL in the other lists, and for what version 1 put under '+'.
  ALTER TABLE block_sources ADD COLUMN assets BLOB;
  INSERT INTO meta (key, value) SELECT 'unmarked', 1 WHERE EXISTS (SELECT 1 FROM sources WHERE name = '+');
  `,
  `
  -- What sha256:HEX in a block's text columns stands for. bytes is last, so that the rest is read without it.
  CREATE TABLE attachments (block INTEGER NOT NULL, model INTEGER NOT NULL, sha256 BLOB NOT NULL, media TEXT NOT NULL,
    bytes BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX attachments_of_block ON attachments (block, sha256);
  CREATE INDEX attachments_of_model ON attachments (model, sha256, block);
  `,
  `
  -- Rehearsals go through a model's blocks as they came. Retention keeps the header, so that what is gone is counted.
  CREATE INDEX blocks_by_arrival ON blocks (model, at_ms) WHERE model IS NOT NULL;
  `,
]
