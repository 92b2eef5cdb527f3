/**
 * What alerts, guardrails and answers of people came to. Everything a machine told carries device_id, by which a cluster
 * would distribute it. Whatever a machine wrote freely is json, not jsonb: numbers and words stay byte for byte.
 */
export const feedback = `
-- One row per alert. Times are the machine's; due_at alone is central's: respond_by less the offset of its clock on arrival.
CREATE TABLE fleet_alerts (id bigint GENERATED ALWAYS AS IDENTITY, device_id int NOT NULL REFERENCES devices (id), alert_id text NOT NULL,
  site text NOT NULL, state text NOT NULL, priority text NOT NULL, model text NOT NULL, version text NOT NULL, rule text NOT NULL,
  title json NOT NULL, asset text, reading_id text NOT NULL, raised_at timestamptz NOT NULL, arrived_at timestamptz NOT NULL,
  respond_within_min double precision, respond_by timestamptz, due_at timestamptz, acknowledged_at timestamptz, acknowledged_by text,
  cleared_at timestamptz, shelved_until timestamptz, escalated_at timestamptz, action_done_at timestamptz, answer text,
  owner text, escalate_to json, escalation_at timestamptz, escalation_outcome text, escalation_to text[],
  PRIMARY KEY (device_id, alert_id));
CREATE INDEX fleet_alerts_by_arrival ON fleet_alerts (id);
CREATE INDEX fleet_alerts_open ON fleet_alerts (device_id, priority) WHERE state <> 'normal';
CREATE INDEX fleet_alerts_due ON fleet_alerts (due_at) WHERE state = 'unacknowledged' AND escalation_at IS NULL AND due_at IS NOT NULL;

-- Every time that an alert was raised, again included: what alarm figures count.
CREATE TABLE alert_raisings (device_id int NOT NULL, at timestamptz NOT NULL, alert_id text NOT NULL, site text NOT NULL,
  priority text NOT NULL, model text NOT NULL, rule text NOT NULL, asset text, respond_by timestamptz, due_at timestamptz,
  acknowledged_at timestamptz);
CREATE INDEX alert_raisings_by_time ON alert_raisings (at, device_id);
CREATE INDEX alert_raisings_by_alert ON alert_raisings (device_id, alert_id, at);

CREATE TABLE guardrail_firings (id bigint GENERATED ALWAYS AS IDENTITY, device_id int NOT NULL REFERENCES devices (id), site text NOT NULL,
  model text NOT NULL, version text NOT NULL, guardrail text NOT NULL, metric text NOT NULL, feature text,
  value double precision NOT NULL, bound double precision NOT NULL, n bigint NOT NULL, action text NOT NULL,
  fired_at timestamptz NOT NULL, cleared_at timestamptz, decided_by json, PRIMARY KEY (device_id, id));
CREATE INDEX guardrail_firings_standing ON guardrail_firings (device_id, model, guardrail) WHERE cleared_at IS NULL;

-- One row per answered raising (occurrence: when it was raised): the answer, the reading as it was served, and what the reviewer made of it.
CREATE TABLE reviews (id bigint GENERATED ALWAYS AS IDENTITY, device_id int NOT NULL REFERENCES devices (id), alert_id text NOT NULL,
  occurrence text NOT NULL, reading_id text NOT NULL, machine text NOT NULL, site text NOT NULL, model text NOT NULL, version text NOT NULL, digest text,
  rule text NOT NULL, priority text NOT NULL, title json NOT NULL, asset text, raised_at timestamptz NOT NULL, reading_time text,
  features json, withheld text[] NOT NULL DEFAULT '{}', pseudonymised text[] NOT NULL DEFAULT '{}', missing text, decision json,
  answer text NOT NULL, note text, by text NOT NULL, at timestamptz NOT NULL, arrived_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open', label text, reviewer text, comment text, reviewed_at timestamptz, owner text,
  PRIMARY KEY (device_id, alert_id, occurrence));
CREATE INDEX reviews_by_arrival ON reviews (id);
CREATE INDEX reviews_of_model ON reviews (model, version, site, answer);

-- cause_key: what a further cause is added to while this one is unfinished; NULL: each stands for itself.
CREATE TABLE retraining_requests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model text NOT NULL, version text,
  cause_key text, cause json NOT NULL, state text NOT NULL, owner json NOT NULL, link text, due timestamptz,
  requested_at timestamptz NOT NULL, requested_by text NOT NULL, changed_at timestamptz NOT NULL, result text, history json NOT NULL);
CREATE UNIQUE INDEX retraining_unfinished ON retraining_requests (model, cause_key) WHERE state IN ('open', 'in-progress');

CREATE TABLE retraining_schedules (model text PRIMARY KEY, every_days int NOT NULL, since timestamptz NOT NULL,
  next_at timestamptz NOT NULL, by text NOT NULL);

-- Who answers for a model, as edited here; the newest counts, NULL: what the manifest says.
CREATE TABLE ownership_edits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, model text NOT NULL, at timestamptz NOT NULL,
  by text NOT NULL, reason text NOT NULL, raci json);
CREATE INDEX ownership_edits_of_model ON ownership_edits (model, id);
`
