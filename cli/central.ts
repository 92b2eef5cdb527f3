import { readFile } from 'node:fs/promises'
import { s3FromEnv } from '#central/artefacts/s3-artefacts.ts'
import { startCentral } from '#central/main.ts'
import { notifySettings } from '#central/notify/settings.ts'
import { openOnlineKeys } from '#central/registry/online-keys.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { rendererDir } from './renderer-dir.ts'
import { readSecret } from './secret.ts'

export interface CentralOptions {
  data?: string
  port: number
  host: string
  publicUrl?: string
  tlsCert?: string
  tlsKey?: string
  behindProxy?: boolean
  passphraseFd?: number
}

/** The data folder; `edgewright central` alone says no other folder by itself. */
export function centralData(io: Io, data: string | undefined): string {
  if (data !== undefined) return userPath(io, data)
  throw new EdgewrightError('request-invalid', 'it is not said which data folder', {
    hint: 'Name it with --data DIR.',
  })
}

/** Runs central until it is told to stop (SIGINT, SIGTERM). */
export async function central(io: Io, options: CentralOptions): Promise<void> {
  const { tlsCert, tlsKey, publicUrl } = options
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new EdgewrightError('request-invalid', '--tls-cert and --tls-key belong together', {
      hint: 'Give both, or neither.',
    })
  // Whatever is written is for its owner only, unless it says otherwise.
  process.umask(0o077)
  let stopping = false
  // Until it has started: a second Ctrl-C ends it wherever it is.
  let stop = (): void => {
    if (stopping) process.exit(1)
  }
  const asked = () => {
    stop()
    stopping = true
  }
  process.on('SIGINT', asked)
  process.on('SIGTERM', asked)
  const url = io.env['DATABASE_URL']
  const s3 = s3FromEnv(io.env)
  const dataDir = centralData(io, options.data)
  const keys = await openOnlineKeys({ dataDir, passphrase: () => passphrase(io, options.passphraseFd) })
  const running = await startCentral({
    dataDir,
    keys,
    host: options.host,
    port: options.port,
    rendererDir: rendererDir('central'),
    ...(url && { databaseUrl: url }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(tlsCert !== undefined &&
      tlsKey !== undefined && { tls: { cert: userPath(io, tlsCert), key: userPath(io, tlsKey) } }),
    ...(options.behindProxy && { behindProxy: true }),
    ...(s3 && { s3 }),
    notify: notifySettings(io.env),
    lost: () => {
      io.note('Another central has taken over the database. This one ends.')
      asked()
    },
  })
  const close = () => {
    stop = () => undefined
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        io.note(
          `Central could not be closed in order: ${error instanceof Error ? error.message : String(error)}`,
        )
        process.exit(1)
      },
    )
  }
  if (stopping) return close()
  stop = close
  io.print(`Edgewright central is at ${running.base.publicUrl()}`)
  if (running.firstLink !== undefined) io.print(running.firstLink)
}

/** Of the keys that central signs with by itself: typed, or out of a descriptor or a file, where nobody sits at a terminal. */
async function passphrase(io: Io, fd: number | undefined): Promise<string> {
  const path = io.env['EDGEWRIGHT_KEY_PASSPHRASE_FILE']
  if (fd !== undefined || !path)
    return readSecret({ what: 'Passphrase for the keys of central', fd, option: '--passphrase-fd' })
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw new EdgewrightError(
      'file-unreadable',
      `EDGEWRIGHT_KEY_PASSPHRASE_FILE names ${path}, which cannot be read`,
      { cause },
    )
  }
}
