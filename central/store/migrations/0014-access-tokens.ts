/** With what a script asks in somebody's name; `hash` is sha256 of it, hex. */
export const accessTokens = `
CREATE TABLE access_tokens (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL, role text NOT NULL, hash text NOT NULL UNIQUE, created_at timestamptz NOT NULL, created_by text NOT NULL,
  expires_at timestamptz NOT NULL, last_used_at timestamptz);
`
