/**
 * The readings that a model with a window was given at once, as an example brought them: apart from the answers, which are listed
 * often, and in json, where numbers stay byte for byte. `window_*` of an answer say how many there are.
 */
export const windows = `
ALTER TABLE reviews ADD COLUMN window_steps int, ADD COLUMN window_held int, ADD COLUMN window_missing text;
CREATE TABLE review_windows (device_id int NOT NULL, review_id bigint NOT NULL, served json NOT NULL, PRIMARY KEY (device_id, review_id));
`
