/**
 * Machines: what a list needs of a report stands in columns of its own. No column that a heartbeat writes is indexed, and pages
 * keep room, so that PostgreSQL updates the row in place (HOT) and no index grows with heartbeats.
 */
export const devices = `
ALTER TABLE devices
  ADD COLUMN returned_at timestamptz, ADD COLUMN boot_id text, ADD COLUMN former_boot text, ADD COLUMN boot_flips int NOT NULL DEFAULT 0,
  ADD COLUMN version text, ADD COLUMN updating boolean NOT NULL DEFAULT false, ADD COLUMN waiting_items int,
  ADD COLUMN alerts_high int, ADD COLUMN alerts_medium int, ADD COLUMN alerts_low int, ADD COLUMN alerts_shelved int,
  ADD COLUMN models jsonb NOT NULL DEFAULT '[]', ADD COLUMN problems jsonb NOT NULL DEFAULT '[]';
ALTER TABLE devices SET (fillfactor = 80);
CREATE INDEX devices_by_models ON devices USING gin (models jsonb_path_ops);
CREATE INDEX devices_by_labels ON devices USING gin (labels);

-- A code is kept as the sha256 of its token. It is used when it has a device.
CREATE TABLE join_codes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token_hash text NOT NULL UNIQUE, site text NOT NULL,
  groups text[] NOT NULL, labels text[] NOT NULL, created_at timestamptz NOT NULL, created_by text NOT NULL,
  expires_at timestamptz NOT NULL, withdrawn_at timestamptz, used_at timestamptz, device_id int REFERENCES devices (id));

-- What may be used once (jti of assertions, nonces), until it would be refused for its age anyway.
CREATE TABLE spent (what text PRIMARY KEY, expires_at timestamptz NOT NULL);
CREATE INDEX spent_by_end ON spent (expires_at);

-- Secrets of the server, each made when it is first needed.
CREATE TABLE server_secrets (name text PRIMARY KEY, secret bytea NOT NULL, created_at timestamptz NOT NULL);
-- Moments that outlive the process: 'alive' is when it last was.
CREATE TABLE server_times (name text PRIMARY KEY, at timestamptz NOT NULL);

CREATE INDEX central_log_by_device ON central_log ((body ->> 'device'), id) WHERE body ? 'device';
`
