/**
 * Columns of readings are packed already: PostgreSQL's own compression tries each block anew, gains nothing of it, and took half
 * of the database's time (docs/benchmarks.md). Holds for the partitions that are there and for those to come.
 */
export const columnsAsTheyAre = `ALTER TABLE blocks ALTER COLUMN content SET STORAGE EXTERNAL;`
