/** A journal that was put back to a copy counts its checkpoints from where the copy stood: a number is one of its life. */
export const checkpoints = `
ALTER TABLE checkpoints DROP CONSTRAINT checkpoints_pkey, ADD PRIMARY KEY (device_id, epoch, counter);
`
