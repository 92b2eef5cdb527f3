import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { type Stream, streamNames } from '#core/chain/streams.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type Ack,
  ackSchema,
  epochsRequestSchema,
  type Grant,
  type Watermarks,
  watermarksSchema,
} from '#core/contracts/sync.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import { addFinding } from '../store/findings.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { Admission } from './admission.ts'
import type { CentralKey } from './central-key.ts'
import { type Countersignature, countersign } from './checkpoints.ts'
import { FormerLives } from './former-lives.ts'
import { ingest } from './ingest.ts'
import { lostRows } from './lost-rows.ts'
import type { DeviceRef, Projector } from './projector.ts'
import { Busy, Forked } from './refusals.ts'
import { tellEpochs } from './tell-epochs.ts'
import { unpack } from './unpack.ts'

export interface SyncParts {
  base: Base
  key: CentralKey
  projectors: readonly Projector[]
  /** The machine that asks, enrolled and in good standing. @throws EdgewrightError device-refused, device-quarantined, not-signed-in */
  authenticate: (request: FastifyRequest) => Promise<DeviceRef>
  /** Nothing is taken from it any more until somebody has looked. */
  quarantine: (device: DeviceRef, why: string) => Promise<void>
}

export interface Sync extends Area {
  countersign: (device: DeviceRef, kept: KeptCheckpoint) => Promise<Countersignature | null>
  grant: (device: DeviceRef) => Grant
}

/** Compressed, as it comes over the line. */
const maxBodyBytes = 16 * 1024 * 1024
const maxBatch = 200_000
/** Of batches that wait for their turn, packed. */
const waitingBytes = 48 * 1024 * 1024
const partitionsEveryMs = 3600_000

/** What machines send, taken in: exactly once, in order, and never two truths from one machine. */
export function createSync({ base, key, projectors, authenticate, quarantine }: SyncParts): Sync {
  const { db, now, log } = base
  const { random } = base
  const urgent = new Admission({ most: 4, waiting: 2_000, bytes: waitingBytes, random })
  // A day of readings is large batches of few machines, a minute of figures is small ones of all: both have to find a place.
  const bulk = new Admission({ most: 4, waiting: 2_000, bytes: waitingBytes, random })
  const former = new FormerLives()
  let partitionsAtMs = -Infinity

  /** Four places write at once; the more wait, the less each machine sends at a time. */
  const grant = (): Grant => ({
    bytesPerS: null,
    maxBatch: Math.max(5_000, Math.round(maxBatch / (1 + bulk.load.waiting / 4))),
  })

  const parts = { db, now, log, grant, former, projectors: [...projectors, lostRows(now)] }

  /** A contradiction is kept, the machine set apart, and it hears why. */
  async function orApart<T>(device: DeviceRef, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Forked)) throw error
      const { message: words, detail } = error
      log.warn({ device: device.device, words }, 'a machine contradicts itself and was set apart')
      await addFinding(db, device.id, { at: new Date(now()), kind: 'fork', words, detail })
      await quarantine(device, words)
      throw new EdgewrightError('device-quarantined', `this machine is set apart: ${words}`)
    }
  }

  /** Before a byte of the body is read: what nobody who is known sends takes no memory. */
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request)
  }

  function routes(app: FastifyInstance): void {
    void app.register(async (scope) => {
      scope.addContentTypeParser(
        'application/x-ndjson',
        { parseAs: 'buffer', bodyLimit: maxBodyBytes },
        (_request, body, done) => done(null, body),
      )
      scope.put(
        '/sync/v1/:device/epochs',
        {
          config: {
            central: 'device',
            doc: {
              what: 'A machine tells of all lives of its record',
              body: epochsRequestSchema,
              answer: watermarksSchema,
            },
          },
          bodyLimit: 4 * 1024 * 1024,
          onRequest,
        },
        async (request): Promise<Watermarks> => {
          const device = await authenticate(request)
          const body = epochsRequestSchema.safeParse(request.body)
          if (!body.success || body.data.epochs.some(({ epoch }) => !isUuid(epoch)))
            throw new EdgewrightError('request-invalid', 'these are no epochs of a journal')
          return orApart(device, () => tellEpochs(parts, device, body.data.epochs))
        },
      )
      scope.post<{ Params: { stream: string } }>(
        '/sync/v1/:device/:stream',
        {
          config: {
            central: 'device',
            doc: {
              what: 'A batch of one stream of a machine',
              body: 'application/x-ndjson',
              answer: ackSchema,
            },
          },
          bodyLimit: maxBodyBytes,
          onRequest,
        },
        async (request, reply): Promise<Ack> => {
          const device = await authenticate(request)
          const { stream } = request.params
          if (!streamNames.includes(stream as Stream) || !Buffer.isBuffer(request.body))
            throw new EdgewrightError(
              'request-invalid',
              `"${stream.slice(0, 40)}" is no stream, or the body is no batch`,
            )
          const packed = request.body
          const lane = stream === 'events' || stream === 'rollout' ? urgent : bulk
          try {
            // Unpacked inside: what waits, waits packed.
            return await lane.run(packed.length, async () => {
              const body = await unpack(packed, request.headers['content-encoding'])
              return orApart(device, () => ingest(parts, device, stream, body))
            })
          } catch (error) {
            if (error instanceof Busy)
              reply.header('retry-after', String(Math.ceil(error.beside.retryMs / 1000)))
            throw error
          }
        },
      )
    })
  }

  return {
    routes,
    grant,
    countersign: (device, given) =>
      orApart(device, () => countersign({ db, now, key, former }, device, given)),
    start: async () => {
      await ensurePartitions(db, now())
      partitionsAtMs = now()
    },
    tick: async () => {
      if (Math.abs(now() - partitionsAtMs) < partitionsEveryMs) return
      await ensurePartitions(db, now())
      partitionsAtMs = now()
    },
  }
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
