import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { Turns } from '../turns.ts'

/** A PIN as it is kept: never itself. The parameters stand beside each, so that they can rise later. */
export interface PinHash {
  /** base64 */
  salt: string
  /** base64 */
  hash: string
  N: number
  r: number
  p: number
}

/** scrypt (RFC 7914): 32 MiB and about a tenth of a second on one core for each look at a PIN. */
const parameters = { N: 2 ** 15, r: 8, p: 1 } as const
const [saltBytes, hashBytes] = [16, 32]

/** Waiting beside the one that is looked at; more is a flood, and no person. */
const longestQueue = 4

export type Derive = (pin: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer>

/** In libuv's pool: the event loop goes on. */
const scryptDerive: Derive = (pin, salt, length, options) =>
  new Promise((resolve, reject) =>
    scrypt(pin, salt, length, options, (error, key) => (error ? reject(error) : resolve(key))),
  )

/**
 * Everything that takes a PIN's hash, one after the other: of the four threads of libuv's pool, which read files and compress
 * for everybody else, at most one is ever busy with PINs.
 */
export class PinDesk {
  readonly #derive: Derive
  readonly #turns = new Turns()

  constructor(derive: Derive = scryptDerive) {
    this.#derive = derive
  }

  /** Rejects with `queue-full` where too many are waiting already. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#turns.waiting > longestQueue)
      throw new EdgewrightError('queue-full', 'too many people are signing in at once')
    return this.#turns.take(work)
  }

  async hash(pin: string): Promise<PinHash> {
    const salt = randomBytes(saltBytes)
    const hash = await this.#derive(pin, salt, hashBytes, withMemory(parameters))
    return { salt: salt.toString('base64'), hash: hash.toString('base64'), ...parameters }
  }

  /** `kept` undefined, for a person that there is not: false, after the same work. */
  async matches(pin: string, kept: PinHash | undefined): Promise<boolean> {
    const { salt, hash, ...cost } = kept ?? nobody
    const wanted = Buffer.from(hash, 'base64')
    const found = await this.#derive(pin, Buffer.from(salt, 'base64'), wanted.length, withMemory(cost))
    return timingSafeEqual(found, wanted) && kept !== undefined
  }
}

const nobody: PinHash = {
  salt: Buffer.alloc(saltBytes).toString('base64'),
  hash: Buffer.alloc(hashBytes).toString('base64'),
  ...parameters,
}

/** Node refuses what needs more than 32 MiB, which this does by a little. */
const withMemory = (cost: { N: number; r: number; p: number }): ScryptOptions => ({
  ...cost,
  maxmem: 256 * cost.N * cost.r,
})
