/** What central answered. Only an answer: whatever its status, the line works and central was reached. */
export interface CentralAnswer {
  status: number
  /** The parsed JSON; undefined where there is none. */
  body: unknown
}

export interface CentralRequest {
  /** POST where it is absent. */
  method?: 'POST' | 'PUT' | 'GET' | 'DELETE'
  /** `application/json` by default; of a batch `application/x-ndjson`. */
  contentType?: string
  /** How the body is packed: `Content-Encoding`. */
  encoding?: 'zstd' | 'gzip'
  signal: AbortSignal
}

/**
 * The way to central. It brings the token and renews it, and turns everything that is no answer (no network, no TLS, no token
 * because the assertion got no answer) into `central-unreachable`. A 401 that stays after a fresh token is given back as it is.
 */
export interface CentralClient {
  /** `path` begins with `/sync/v1/`; `body`: bytes as they are, anything else as JSON. */
  post(path: string, body: unknown, options: CentralRequest): Promise<CentralAnswer>
}

/** Where this machine belongs, as enrolment left it. `central`: its address; `device`: sha256 of the machine's key, hex. */
export interface Membership {
  state: 'not-enrolled' | 'waiting' | 'enrolled'
  central: string | null
  device: string | null
}

/** What the link (enrolment, token, heartbeat) gives to what sends. */
export interface CentralLink {
  client: CentralClient
  membership(): Membership
  /** This machine's clock minus central's, ms; null: not known. */
  clockOffsetMs(): number | null
}
