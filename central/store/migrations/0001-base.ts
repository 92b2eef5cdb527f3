/** The log of central itself, and the machines: what every other area refers to. */
export const base = `
CREATE TABLE central_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, by text NOT NULL,
  kind text NOT NULL, body jsonb NOT NULL);
CREATE INDEX central_log_by_time ON central_log (at, id);

CREATE TABLE devices (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device text NOT NULL UNIQUE, public_key text NOT NULL,
  name text NOT NULL, site text NOT NULL, groups text[] NOT NULL, labels text[] NOT NULL DEFAULT '{}', state text NOT NULL,
  why text, enrolled_at timestamptz NOT NULL, confirmed_at timestamptz, confirmed_by text, last_seen timestamptz,
  clock_offset_ms double precision, epoch text, report jsonb, report_at timestamptz, check_updates boolean NOT NULL DEFAULT false);
CREATE INDEX devices_by_site ON devices (site, name);
`
