import { Readable } from 'node:stream'

/** One piece after the other; `undefined` at the end. */
export interface Pieces {
  next: () => Promise<Uint8Array | undefined>
  /** Gives back what is held. May be called while `next` is pending, and does not wait for it. */
  stop: () => void
}

/**
 * Pieces as a stream that never yields more than `length` bytes. It can be destroyed while a piece is pending: a server
 * or a drive that has gone silent holds nobody up.
 */
export function byteStream(pieces: Pieces, length: number, inWords: (error: unknown) => Error): Readable {
  let left = length
  return new Readable({
    read() {
      pieces.next().then(
        (piece) => {
          if (this.destroyed) return
          const part = piece?.subarray(0, left)
          left -= part?.length ?? 0
          if (part && part.length > 0) this.push(part)
          // An empty piece is not the end; push() would take it for a promise of more and ask no further.
          else if (part && left > 0) this._read(0)
          if (!part || left === 0) this.push(null)
        },
        (error: unknown) => this.destroy(inWords(error)),
      )
    },
    destroy(error, done) {
      pieces.stop()
      done(error)
    },
  })
}
