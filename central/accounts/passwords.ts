import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { PasswordHash } from '../store/tables/accounts.ts'

/** scrypt (RFC 7914) with the cost that OWASP's password storage cheat sheet gives: 128 MiB, about a third of a second. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const
const [saltBytes, hashBytes] = [16, 32]
/** Waiting beside the one that is looked at; more is a flood, and no people. */
const longestQueue = 8

export type Derive = (
  password: string,
  salt: Buffer,
  length: number,
  options: ScryptOptions,
) => Promise<Buffer>

/** In libuv's pool: the event loop goes on. Two keyboards may write one letter in two ways, hence the normal form. */
const scryptDerive: Derive = (password, salt, length, options) =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )

/** Everything that takes a password's hash, one after the other: never more than one thread and 128 MiB, however many ask. */
export class PasswordDesk {
  readonly #derive: Derive
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(derive: Derive = scryptDerive) {
    this.#derive = derive
  }

  /** Rejects with `queue-full` where too many are waiting already. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting > longestQueue)
      throw new EdgewrightError('queue-full', 'too many people are signing in at once')
    this.#waiting += 1
    const mine = this.#last.then(work).finally(() => {
      this.#waiting -= 1
    })
    this.#last = mine.catch(() => undefined) // told to whoever asked for it
    return mine
  }

  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(saltBytes)
    const hash = await this.#derive(password, salt, hashBytes, withMemory(cost))
    return { salt: salt.toString('base64'), hash: hash.toString('base64'), ...cost }
  }

  /** `kept` null, for a person that there is not: false, after the same work. */
  async matches(password: string, kept: PasswordHash | null): Promise<boolean> {
    const { salt, hash, ...spent } = kept ?? nobody
    const wanted = Buffer.from(hash, 'base64')
    const found = await this.#derive(password, Buffer.from(salt, 'base64'), wanted.length, withMemory(spent))
    return timingSafeEqual(found, wanted) && kept !== null
  }
}

const nobody: PasswordHash = {
  salt: Buffer.alloc(saltBytes).toString('base64'),
  hash: Buffer.alloc(hashBytes).toString('base64'),
  ...cost,
}

/** Node refuses what needs more than 32 MiB unless told. */
const withMemory = (of: { N: number; r: number; p: number }): ScryptOptions => ({
  ...of,
  maxmem: 256 * of.N * of.r,
})
