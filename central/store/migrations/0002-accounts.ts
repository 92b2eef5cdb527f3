/** People, how they sign in, and which life of this server this is. */
export const accounts = `
CREATE TABLE accounts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, name_key text NOT NULL UNIQUE,
  roles text[] NOT NULL, password jsonb, created_at timestamptz NOT NULL, created_by text NOT NULL, last_sign_in_at timestamptz);
CREATE TABLE sign_in_tries (name_hash text PRIMARY KEY, failures int NOT NULL, locked_until timestamptz, last_at timestamptz NOT NULL);
CREATE TABLE sign_in_codes (hash text PRIMARY KEY, account int REFERENCES accounts ON DELETE CASCADE,
  wants_password boolean NOT NULL, expires_at timestamptz NOT NULL);
CREATE TABLE sessions (hash text PRIMARY KEY, account int REFERENCES accounts ON DELETE CASCADE, created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE instance (one boolean PRIMARY KEY DEFAULT true CHECK (one), id uuid NOT NULL, made_at timestamptz NOT NULL,
  system text NOT NULL);
`
