/**
 * What machines send. Everything carries device_id, by which a cluster would distribute it; the two tables that grow are
 * partitioned by when it arrived (store/partitions.ts), so that old months go by dropping a table.
 * Bodies are json, not jsonb: it keeps whatever a machine wrote byte for byte, U+0000 included, which jsonb refuses.
 */
export const sync = `
-- One row per life of a machine's journal, in the order in which the machine told of them. before: the life that it followed.
-- gone: the machine no longer knows of it, as its journal was put back to a copy of before it.
CREATE TABLE journals (device_id int NOT NULL REFERENCES devices (id), epoch uuid NOT NULL, n int NOT NULL, before uuid,
  gone boolean NOT NULL DEFAULT false, started_at timestamptz NOT NULL, why text NOT NULL, tips json NOT NULL, announced_at timestamptz NOT NULL, PRIMARY KEY (device_id, epoch));
CREATE INDEX journals_by_epoch ON journals (epoch);

-- Up to where the rows of a stream are here. digest: of the block that ends there.
CREATE TABLE watermarks (device_id int NOT NULL, stream smallint NOT NULL, epoch uuid NOT NULL, ack bigint NOT NULL,
  digest bytea NOT NULL, blocks bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (device_id, stream, epoch));

-- content: columns of readings. Events lie row by row in "events". gone: 'dropped', 'withheld', or NULL.
CREATE TABLE blocks (device_id int NOT NULL, stream smallint NOT NULL, epoch uuid NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
  at_ms bigint NOT NULL, received timestamptz NOT NULL, kind text NOT NULL, shape text NOT NULL, digest bytea NOT NULL,
  projected boolean NOT NULL, thinned int, gone text, content bytea,
  PRIMARY KEY (device_id, stream, epoch, first, received)) PARTITION BY RANGE (received);
CREATE INDEX blocks_by_end ON blocks (device_id, stream, epoch, last);
CREATE TABLE blocks_rest PARTITION OF blocks DEFAULT;

CREATE TABLE events (device_id int NOT NULL, stream smallint NOT NULL, epoch uuid NOT NULL, seq bigint NOT NULL, at timestamptz NOT NULL,
  received timestamptz NOT NULL, kind text NOT NULL, by text NOT NULL, body json NOT NULL,
  PRIMARY KEY (device_id, stream, epoch, seq, received)) PARTITION BY RANGE (received);
CREATE INDEX events_by_arrival ON events (received, device_id);
CREATE INDEX events_by_kind ON events (kind, received);
CREATE TABLE events_rest PARTITION OF events DEFAULT;

-- What the columns of blocks mean, by sha256 of its text.
CREATE TABLE shapes (sha256 text PRIMARY KEY, json text NOT NULL);

-- Signed by machines; countersigned here once everything important up to it is here.
CREATE TABLE checkpoints (device_id int NOT NULL, counter bigint NOT NULL, epoch uuid NOT NULL, at timestamptz NOT NULL,
  kept json NOT NULL, received timestamptz NOT NULL, countersignature json, PRIMARY KEY (device_id, counter));

-- What does not fit what a machine said before: forks, shrunk or restored records.
CREATE TABLE findings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device_id int NOT NULL, at timestamptz NOT NULL,
  kind text NOT NULL, words text NOT NULL, detail json NOT NULL);
CREATE INDEX findings_by_device ON findings (device_id, id);
`
