import { createHash } from 'node:crypto'
import { openAsBlob, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { S3mini, S3ServiceError } from 's3mini'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Artefacts, keyOf } from './artefacts.ts'
import { emptyStaging, stage } from './staging.ts'

export interface S3Settings {
  /** Address with the bucket: https://s3.eu-central-1.amazonaws.com/bucket, or http://minio:9000/bucket. */
  endpoint: string
  region?: string
  accessKeyId: string
  secretAccessKey: string
  /** Machines are sent to the bucket itself, by links that hold for an hour; absent: bytes pass through central. */
  redirect?: boolean
}

const linkSeconds = 3600
/** Larger files go up in parts of this size, up to four at once: what an upload holds in memory. */
const partBytes = 8 * 1024 * 1024

/** EDGEWRIGHT_S3_ENDPOINT and its companions; undefined where it is not set. @throws EdgewrightError request-invalid */
export function s3FromEnv(env: NodeJS.ProcessEnv): S3Settings | undefined {
  const endpoint = env['EDGEWRIGHT_S3_ENDPOINT']
  if (!endpoint) return undefined
  const secretFile = env['EDGEWRIGHT_S3_SECRET_ACCESS_KEY_FILE']
  const secretAccessKey = secretFile
    ? readFileSync(secretFile, 'utf8').trim()
    : env['EDGEWRIGHT_S3_SECRET_ACCESS_KEY']
  const accessKeyId = env['EDGEWRIGHT_S3_ACCESS_KEY_ID']
  if (!accessKeyId || !secretAccessKey || !URL.canParse(endpoint) || new URL(endpoint).pathname === '/')
    throw new EdgewrightError(
      'request-invalid',
      'EDGEWRIGHT_S3_ENDPOINT is set, and S3 cannot be used with it',
      {
        hint: 'It is an address with the bucket (https://HOST/BUCKET), beside EDGEWRIGHT_S3_ACCESS_KEY_ID and EDGEWRIGHT_S3_SECRET_ACCESS_KEY or …_FILE.',
      },
    )
  const region = env['EDGEWRIGHT_S3_REGION']
  const redirect = env['EDGEWRIGHT_S3_REDIRECT'] === '1'
  return { endpoint, accessKeyId, secretAccessKey, ...(region && { region }), ...(redirect && { redirect }) }
}

/** Artefacts in a bucket under `sha256/ab/abcd…`. `dir` is where a file waits while it goes up. */
export async function s3Artefacts(dir: string, settings: S3Settings): Promise<Artefacts> {
  const staging = join(dir, 'staging')
  await emptyStaging(staging)
  const { redirect, ...config } = settings
  const s3 = new S3mini({ region: 'us-east-1', ...config, minPartSize: partBytes })
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof EdgewrightError) throw error
      throw unreachable(error)
    }
  }
  const read = (digest: string, range?: { start: number; end: number }) =>
    told(async () => {
      try {
        const whole = range === undefined
        const { body } = await s3.getObjectRaw(keyOf(digest), whole, range?.start, range && range.end + 1)
        return body ? Readable.fromWeb(body as ReadableStream) : Readable.from([])
      } catch (error) {
        if (error instanceof S3ServiceError && error.status === 404) return undefined
        throw error
      }
    })
  const artefacts: Artefacts = {
    kind: 's3',
    stage: (bytes, limits) => stage(staging, bytes, limits),
    async put(bytes, limits) {
      const staged = await stage(staging, bytes, limits)
      try {
        await artefacts.keep(staged)
        return { digest: staged.digest, bytes: staged.bytes }
      } finally {
        await staged.drop()
      }
    },
    has: (digest) =>
      told(async () => {
        try {
          return await s3.getContentLength(keyOf(digest))
        } catch (error) {
          const { cause } = error as Error
          if (cause instanceof S3ServiceError && cause.status === 404) return undefined
          throw error
        }
      }),
    async keep({ file, digest, bytes }) {
      if ((await artefacts.has(digest)) === bytes) return { known: true }
      await told(async () =>
        s3.putAnyObject(keyOf(digest), await openAsBlob(file), 'application/octet-stream'),
      )
      // No checksum that every S3-compatible store knows says the same of parts and wholes: what lies there is read once.
      const lies = await read(digest)
      const hash = createHash('sha256')
      if (lies) await told(async () => void (await lies.forEach((piece: Buffer) => void hash.update(piece))))
      if (hash.digest('hex') !== digest) {
        await artefacts.remove(digest)
        throw unreachable(new Error('what lies in the bucket is not what was sent'))
      }
      return { known: false }
    },
    open: read,
    remove: (digest) => told(async () => void (await s3.deleteObject(keyOf(digest)))),
    ...(redirect && {
      link: (digest: string) => told(() => s3.getPresignedUrl('GET', keyOf(digest), linkSeconds)),
    }),
  }
  return artefacts
}

const unreachable = (error: unknown) =>
  new EdgewrightError(
    'artefacts-unreachable',
    `the S3 store does not answer as it should: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  )
