/**
 * Rollouts and their machines, and what happened on machines to the versions there. `revision` counts changes of a rollout: who
 * changes what has changed meanwhile is refused. One open rollout of a model at a time: two would assign the same machines.
 */
export const rollouts = `
CREATE TABLE rollouts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model text NOT NULL, version text NOT NULL, digest text NOT NULL,
  plan jsonb NOT NULL, state jsonb NOT NULL, groups jsonb NOT NULL, approvals jsonb NOT NULL, signing jsonb NOT NULL DEFAULT '[]',
  settled boolean NOT NULL DEFAULT false, open boolean NOT NULL DEFAULT true, proposed_by text NOT NULL, created_at timestamptz NOT NULL,
  revision int NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX rollouts_one_open ON rollouts (model) WHERE open;
CREATE INDEX rollouts_at_work ON rollouts (id) WHERE NOT settled;

-- entry_before: what the machine's own entry said before, or NULL; before: version and digest that ran. seen_at: the newest report
-- that "state" was made from.
CREATE TABLE rollout_machines (rollout_id int NOT NULL REFERENCES rollouts (id), device_id int NOT NULL REFERENCES devices (id),
  grp int NOT NULL, site text NOT NULL, state text NOT NULL, reason text, by text, since timestamptz NOT NULL, assigned_at timestamptz,
  accepted boolean NOT NULL DEFAULT false, before jsonb, entry_before jsonb, seen_at timestamptz, PRIMARY KEY (rollout_id, device_id));
CREATE INDEX rollout_machines_by_group ON rollout_machines (rollout_id, grp, state);

CREATE INDEX central_log_of_rollouts ON central_log (((body ->> 'rollout')::int), id) WHERE kind LIKE 'rollout.%';

-- In a machine's own order: (device_id, id), as rows come in its order, within each stream.
CREATE TABLE device_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device_id int NOT NULL, stream smallint NOT NULL,
  epoch uuid NOT NULL, seq bigint NOT NULL, at timestamptz NOT NULL, received timestamptz NOT NULL, by text NOT NULL, kind text NOT NULL,
  model text, version text, digest text, body json NOT NULL, UNIQUE (device_id, stream, epoch, seq));
CREATE INDEX device_events_by_model ON device_events (model, at, id);
CREATE INDEX device_events_by_device ON device_events (device_id, at, id);
CREATE INDEX device_events_by_time ON device_events (at, id);
`
