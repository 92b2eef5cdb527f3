/** Of the newest report: which start of the machine's runtime said it, and when by that start's own clock, ms. */
export const reports = `ALTER TABLE devices ADD COLUMN report_boot text, ADD COLUMN report_mono double precision;`
