/** What this server tells others: to whom, and an outbox that is written in the transaction of the cause. */
export const notify = `
-- secret: this server signs with it, so it lies here as it is. ended_at: nothing is queued for it any more.
CREATE TABLE hooks (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text NOT NULL, kinds text[] NOT NULL, note text NOT NULL,
  secret text NOT NULL, created_at timestamptz NOT NULL, created_by text NOT NULL, ended_at timestamptz);

-- hook NULL: an e-mail to mail_to. since: queued, or sent again by an admin; it counts as dead some days later.
CREATE TABLE deliveries (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE, hook int REFERENCES hooks (id),
  mail_to text, kind text NOT NULL, subject text, body text NOT NULL, state text NOT NULL DEFAULT 'waiting', created_at timestamptz NOT NULL,
  since timestamptz NOT NULL, attempts int NOT NULL DEFAULT 0, next_try timestamptz, delivered_at timestamptz, last_status int,
  last_problem text);
CREATE INDEX deliveries_due ON deliveries (hook, next_try) WHERE state = 'waiting';
CREATE INDEX deliveries_of_hook ON deliveries (hook, state, n);

-- Programs that may ask for something by a signed message, and which of their messages came already.
CREATE TABLE inboxes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, secret text NOT NULL,
  created_at timestamptz NOT NULL, created_by text NOT NULL, ended_at timestamptz);
CREATE TABLE inbox_messages (inbox int NOT NULL REFERENCES inboxes (id), id text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (inbox, id));
CREATE INDEX inbox_messages_by_time ON inbox_messages (at);
`
