/** Where the time of one request went inside the runtime, ms. */
export interface TracedRequest {
  /** From its headers to its answer handed to the socket. */
  wallMs: number
  /** From the lane's call to its answer, `session.run` included. */
  laneMs: number
  runMs: number
  /** From the journal's call to its answer, the commit included. */
  writeMs: number
  /** Inside SQLite's COMMIT: writing the log and fsync. */
  commitMs: number
}

/** The parts of the request under way, and the requests that are done. */
export const trace = { laneMs: 0, runMs: 0, writeMs: 0, commitMs: 0, requests: [] as TracedRequest[] }
