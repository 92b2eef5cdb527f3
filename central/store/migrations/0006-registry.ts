/** What there is to deploy: versions as the signed repository names them, who signed, aliases and dates. */
export const registry = `
CREATE TABLE registry_versions (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model text NOT NULL, version text NOT NULL,
  release int NOT NULL, digest text NOT NULL, bytes bigint NOT NULL, family text NOT NULL, path text NOT NULL, platforms text[],
  state text NOT NULL, proposed_at timestamptz, proposed_by text, published_at timestamptz, signed_by text[] NOT NULL,
  threshold int NOT NULL, keys int NOT NULL, lacks text, manifest jsonb, card text, problem text, retire_at timestamptz,
  deprecated_at timestamptz, deprecated_by text, deprecated_reason text, revoked jsonb, UNIQUE (path, digest));
CREATE INDEX registry_versions_by_model ON registry_versions (model, release DESC, id DESC);
CREATE INDEX registry_versions_by_digest ON registry_versions (digest);

CREATE TABLE registry_approvals (version_id int NOT NULL REFERENCES registry_versions, key_id text NOT NULL, owner text NOT NULL,
  at timestamptz NOT NULL, brought_by text, PRIMARY KEY (version_id, key_id));

CREATE TABLE registry_aliases (model text NOT NULL, alias text NOT NULL, version_id int REFERENCES registry_versions,
  since timestamptz NOT NULL, by text NOT NULL, reason text NOT NULL, PRIMARY KEY (model, alias));
CREATE TABLE registry_alias_moves (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model text NOT NULL, alias text NOT NULL,
  from_version text, to_version text, at timestamptz NOT NULL, by text NOT NULL, reason text NOT NULL);
CREATE INDEX registry_alias_moves_by_model ON registry_alias_moves (model, id DESC);

CREATE TABLE registry_notices (version_id int NOT NULL REFERENCES registry_versions, retire_at timestamptz NOT NULL,
  days int NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (version_id, retire_at, days));
`
