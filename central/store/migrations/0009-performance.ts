/** Metric windows, added up by hour: of a fleet of 10,000 machines a day is 240,000 rows, and every figure of the console comes from them. */
export const performance = `
CREATE FUNCTION add_counts(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_object_agg(key, n), '{}') FROM (
    SELECT key, sum(value::text::bigint) AS n FROM (SELECT * FROM jsonb_each(a) UNION ALL SELECT * FROM jsonb_each(b)) both_of GROUP BY key) added $$;
CREATE AGGREGATE sum_counts(jsonb) (SFUNC = add_counts, STYPE = jsonb, INITCOND = '{}', COMBINEFUNC = add_counts, PARALLEL = SAFE);

CREATE TABLE metric_hours (device_id int NOT NULL, model text NOT NULL, version text NOT NULL, digest text NOT NULL, hour timestamptz NOT NULL,
  newest timestamptz NOT NULL, windows int NOT NULL, readings bigint NOT NULL, alert bigint NOT NULL, normal bigint NOT NULL, abstain bigint NOT NULL,
  rejected bigint NOT NULL, by_rules bigint NOT NULL, marked bigint NOT NULL, alerts_raised bigint NOT NULL, answers jsonb NOT NULL,
  latency jsonb NOT NULL, PRIMARY KEY (device_id, model, hour, version, digest));
CREATE INDEX metric_hours_by_model ON metric_hours (model, hour);
`
