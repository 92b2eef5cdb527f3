import type { Role } from './people.ts'

/**
 * Every error that leaves a process: its code, the HTTP status it answers with, and what to do next.
 * `docs/errors.md` is this table; a test holds the two equal.
 */
export const errorRegistry = {
  'body-too-large': {
    status: 413,
    hint: 'Send smaller bodies, or stream NDJSON (application/x-ndjson), which has no limit as a whole.',
  },
  'body-unreadable': {
    status: 400,
    hint: 'Send valid JSON, or NDJSON with the content type application/x-ndjson.',
  },
  'request-invalid': { status: 400, hint: 'Compare the request with the documented form.' },
  'not-found': { status: 404, hint: 'Check the address.' },
  'model-unknown': { status: 404, hint: 'GET /api/models lists the models of this machine.' },
  'alert-unknown': { status: 404, hint: 'GET /api/alerts lists the alerts of this machine.' },
  'not-signed-in': {
    status: 401,
    hint: 'Send "Authorization: Bearer TOKEN" (the token lies in the data folder), or open a sign-in link.',
  },
  'code-spent': {
    status: 401,
    hint: 'Sign-in links work once. Ask for a new one: npm run -s edgewright -- link --data DIR.',
  },
  'host-refused': { status: 403, hint: 'Use the address that the runtime printed.' },
  'origin-refused': { status: 403, hint: 'Open the console from the runtime itself, not from another page.' },
  'queue-full': { status: 429, hint: 'Wait and send again; the Retry-After header says how long.' },
  'alert-transition': { status: 409, hint: 'Load the alert again: its state has changed.' },
  'model-exists': {
    status: 409,
    hint: '`edgewright models` and GET /api/models show in which slot it stands; activate it, or pack it with another version number.',
  },
  'model-busy': { status: 409, hint: 'Wait until that is over, and ask again.' },
  'version-unknown': {
    status: 404,
    hint: '`edgewright models` and GET /api/models show which versions are here; install it first.',
  },
  'version-barred': { status: 409, hint: 'Install and activate a version that may run.' },
  'no-previous': {
    status: 409,
    hint: 'Install the version that you want to go back to, and activate it.',
  },
  'rollback-refused': { status: 409, hint: 'Ask somebody who may, or install and activate another version.' },
  'no-candidate': { status: 409, hint: 'Activate a staged version with --shadow or --canary first.' },
  'package-refused': { status: 422, hint: 'Mend the package and pack it again: edgewright pack DIR.' },
  'unsigned-refused': {
    status: 403,
    hint: 'Let it be signed and assigned to this site (docs/signing.md); or start the edge with --allow-unsigned to accept packages that nobody signed.',
  },
  'trust-missing': {
    status: 409,
    hint: 'An admin gives this machine its root: edgewright trust ROOT.json --site ID --data DIR.',
  },
  'trust-exists': {
    status: 409,
    hint: 'Compare the fingerprints. To believe the other root from now on: edgewright trust ROOT.json --site ID --recover.',
  },
  'update-refused': {
    status: 422,
    hint: 'Nothing of it is trusted, and nothing that runs has changed. Tell the central team what is refused.',
  },
  'update-expired': {
    status: 409,
    hint: 'Check the clock of this machine, then fetch newer metadata (the network, or a newer stick). What runs goes on, and so does the way back.',
  },
  'update-unreachable': {
    status: 502,
    hint: 'Check the network; it is tried again by itself. What runs goes on.',
  },
  'download-refused': {
    status: 422,
    hint: 'Nothing of it was kept. It is tried again by itself; tell the central team if it stays.',
  },
  'disk-too-small': { status: 507, hint: 'Free space on the disk; it is tried again by itself.' },
  'import-refused': {
    status: 422,
    hint: 'Nothing was taken from it. Ask the central team for a new stick (edgewright usb export DIR).',
  },
  'import-unknown': { status: 404, hint: 'Read the stick again; what was read waits for fifteen minutes.' },
  'not-allowed': { status: 403, hint: 'Sign in as somebody who may: a technician, or an admin.' },
  'pin-wrong': {
    status: 401,
    hint: 'Try again. After five wrong PINs the person is locked out for a while.',
  },
  'locked-out': {
    status: 429,
    hint: 'Wait, or let an admin set a new PIN: edgewright people pin NAME --data DIR.',
  },
  'person-unknown': { status: 404, hint: 'GET /api/people lists who can sign in here.' },
  'person-exists': {
    status: 409,
    hint: 'Choose another name, or set a new PIN: edgewright people pin NAME.',
  },
  'key-refused': { status: 400, hint: 'Check the file of the key, and its passphrase.' },
  'repository-refused': {
    status: 409,
    hint: 'Nothing was changed. edgewright repo verify says what stands.',
  },
  'signatures-missing': {
    status: 409,
    hint: 'Let the others sign: edgewright repo export, sign and import (docs/signing.md).',
  },
  'audit-broken': {
    status: 409,
    hint: 'Keep the data folder as it is, and show it to whoever answers for this machine.',
  },
  'device-key-refused': {
    status: 409,
    hint: 'Put device.key back from a copy; or let an admin make a new one: edgewright audit new-key --reason WHY --data DIR.',
  },
  'model-refused': {
    status: 422,
    hint: 'Export the model again and compare it with what the message names.',
  },
  'reference-refused': { status: 422, hint: 'Give a CSV file with a header line and a row per example.' },
  'manifest-refused': { status: 422, hint: 'Edit model.json as the message says.' },
  'data-folder-locked': {
    status: 409,
    hint: 'Stop the other runtime, or choose another folder with --data.',
  },
  'journal-newer': {
    status: 500,
    hint: 'Start the version of Edgewright that wrote this journal, or a newer one.',
  },
  'journal-damaged': {
    status: 500,
    hint: 'Keep the data folder as it is and restore a copy; nothing was changed.',
  },
  'journal-unwritable': {
    status: 503,
    hint: 'Free space on the disk and check it; nothing of what was refused is kept, so send it again.',
  },
  'disk-unwritable': {
    status: 503,
    hint: 'Free space on the disk and check it, then do it again; nothing half-done was left.',
  },
  'settings-damaged': {
    status: 500,
    hint: 'Mend settings.json, or move it away to start with the defaults; it was not changed.',
  },
  'address-refused': { status: 400, hint: 'Choose a loopback address, such as 127.0.0.1.' },
  'address-in-use': { status: 409, hint: 'Stop what listens there, or choose another --port.' },
  'edge-unreachable': {
    status: 502,
    hint: 'Start the edge (edgewright edge --data DIR) and check --edge URL.',
  },
  'file-unreadable': { status: 400, hint: 'Check the path.' },
  'lane-failed': {
    status: 503,
    hint: 'The model cannot run. See GET /api/models for the reason; follow the manual procedure.',
  },
  'inference-failed': {
    status: 503,
    hint: 'Send the reading again; if it fails again, look at the lane in GET /api/models.',
  },
  'central-unreachable': {
    status: 502,
    hint: 'Check the network and the address; it is tried again by itself, and nothing that waits is lost.',
  },
  'join-refused': {
    status: 401,
    hint: 'Ask an admin at central for a new join code: each works once, at one site, for 24 hours.',
  },
  'central-key-unknown': {
    status: 502,
    hint: 'Ask the admin at central whether its key was renewed, or a copy was put back without central.key. Then enrol this machine again there; until then what central signs is not believed.',
  },
  'device-refused': {
    status: 401,
    hint: 'An admin at central decides about this machine: it waits for its fingerprint to be confirmed, was revoked, or is in quarantine. What waits is kept.',
  },
  'assertion-clock': {
    status: 401,
    hint: 'Ask again with the nonce that came with this answer: the two clocks differ.',
  },
  'device-unknown': { status: 404, hint: 'GET /api/devices lists the machines of this fleet.' },
  'fingerprint-differs': {
    status: 409,
    hint: 'Read it once more from the machine itself. If it still differs, another machine used the join code: revoke it.',
  },
  'device-state': { status: 409, hint: 'GET /api/devices/DEVICE says how it stands.' },
  'join-code-unknown': { status: 404, hint: 'GET /api/join-codes lists those that were made.' },
  'device-quarantined': {
    status: 403,
    hint: 'Find out which of the two is the real machine; then an admin lifts the quarantine, or revokes it.',
  },
  'sync-gap': { status: 409, hint: 'Send from where central expects.' },
  'sync-damaged': { status: 400, hint: 'Nothing of the batch was kept; it is built and sent again.' },
  'rollout-unknown': { status: 404, hint: 'GET /api/rollouts lists them.' },
  'rollout-refused': { status: 409, hint: 'GET /api/rollouts/ID says where it stands.' },
  'registry-unknown': { status: 404, hint: 'GET /api/registry lists what is published.' },
  'registry-refused': { status: 409, hint: 'Nothing was changed. GET /api/registry says what stands.' },
  'artefacts-unreachable': {
    status: 503,
    hint: 'Check the address of the S3 store, its keys and the network; nothing of what was refused is kept, so do it again.',
  },
  'review-unknown': { status: 404, hint: 'GET /api/feedback lists what was answered.' },
  'retraining-unknown': { status: 404, hint: 'GET /api/retraining lists the requests.' },
  'account-unknown': { status: 404, hint: 'GET /api/accounts lists the people.' },
  'token-unknown': { status: 404, hint: 'GET /api/tokens lists them.' },
  'account-exists': { status: 409, hint: 'Choose another name, or set a new password.' },
  'password-wrong': {
    status: 401,
    hint: 'Try again. After ten wrong passwords the account is locked for a while.',
  },
  'backup-refused': {
    status: 409,
    hint: 'Nothing was changed. Take another backup, or write this one again.',
  },
  'hook-unknown': { status: 404, hint: 'GET /api/hooks lists them.' },
  'database-unreachable': {
    status: 503,
    hint: 'Check DATABASE_URL, or the database in the data folder; nothing of what was refused is kept, so send it again.',
  },
  'central-not-here': {
    status: 501,
    hint: 'It runs on a server: from its container (Containerfile.central) or from the sources, see docs/central.md.',
  },
  cancelled: { status: 409, hint: 'Nothing was left behind; run it again.' },
  internal: { status: 500, hint: 'See the runtime log.' },
} as const satisfies Record<string, { status: number; hint: string }>

export type ErrorCode = keyof typeof errorRegistry

/** The form of every error on `/api`. */
export interface ErrorBody {
  /** `needs`: of `not-allowed`, the least role that may. */
  error: { code: ErrorCode; message: string; hint: string; needs?: Role }
}

/** An error with a code, what went wrong, and what to do next. */
export class EdgewrightError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly status: number
  constructor(code: ErrorCode, message: string, options?: { hint?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EdgewrightError'
    this.code = code
    this.hint = options?.hint ?? errorRegistry[code].hint
    this.status = errorRegistry[code].status
  }
  body(): ErrorBody {
    return { error: { code: this.code, message: this.message, hint: this.hint } }
  }
}
