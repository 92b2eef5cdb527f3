import { readSync } from 'node:fs'

/**
 * Protobuf's wire format (protobuf.dev/programming-guides/encoding), read where it lies: a model's weights are passed
 * over, and a file is never held as a whole.
 */
export interface Source {
  readonly size: number
  byte(at: number): number
  /** A copy of some bytes. */
  slice(from: number, end: number): Uint8Array
}

/** Bytes that are in memory. */
export const sourceOf = (bytes: Uint8Array): Source => ({
  size: bytes.length,
  byte: (at) => bytes[at]!,
  slice: (from, end) => Buffer.from(bytes.subarray(from, end)),
})

const windowBytes = 1 << 14

/** An open file, through a window of 16 KiB: what is looked at lies between weights that are not. */
export function fileSource(fd: number, size: number): Source {
  const window = Buffer.alloc(windowBytes)
  let from = 0
  let filled = 0
  return {
    size,
    byte(at) {
      if (at < from || at >= from + filled) {
        from = at
        filled = readInto(fd, window, at)
      }
      const byte = window[at - from]
      if (byte === undefined || at >= from + filled) throw new Error('it became shorter while it was read')
      return byte
    },
    slice(start, end) {
      if (start >= from && end <= from + filled) return Buffer.from(window.subarray(start - from, end - from))
      const bytes = Buffer.allocUnsafe(end - start)
      if (readInto(fd, bytes, start) < bytes.length) throw new Error('it became shorter while it was read')
      return bytes
    },
  }
}

/** As many bytes as there are from `at` on, at most as many as fit. */
function readInto(fd: number, bytes: Uint8Array, at: number): number {
  let filled = 0
  while (filled < bytes.length) {
    const read = readSync(fd, bytes, filled, bytes.length - filled, at + filled)
    if (read === 0) break
    filled += read
  }
  return filled
}

/** Wire types: a number, or bytes with their length. Fixed ones are 1 (8 bytes) and 5 (4 bytes). */
export const varint = 0
export const lengthDelimited = 2

export interface Field {
  id: number
  wire: number
  /** Where its tag stands. */
  start: number
  /** Its contents, without tag and length. */
  from: number
  end: number
}

/** The fields of the message at [from, end), in the order of the file. Throws where they are damaged. */
export function* fieldsOf(source: Source, from = 0, end = source.size): Generator<Field> {
  let at = from
  const number = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      if (at >= end || factor > 2 ** 63) throw new Error(`a number at byte ${at} does not end`)
      const byte = source.byte(at++)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < end) {
    const start = at
    const tag = number()
    const id = Math.floor(tag / 8)
    const wire = tag % 8
    let length = 0
    if (wire === lengthDelimited) length = number()
    else if (wire === 1) length = 8
    else if (wire === 5) length = 4
    else if (wire !== varint || id === 0) throw new Error(`at byte ${start} stands no field`)
    const contents = at
    if (wire === varint) number()
    at += length
    if (at > end) throw new Error(`a field at byte ${start} reaches ${at - end} bytes too far`)
    yield { id, wire, start, from: contents, end: at }
  }
}

function encodeNumber(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** The tag of a field, and how long its contents are. */
export const head = (id: number, length: number): Uint8Array =>
  Buffer.concat([encodeNumber(id * 8 + lengthDelimited), encodeNumber(length)])

/** A field with bytes, a text or an inner message. */
export function delimited(id: number, ...contents: (Uint8Array | string)[]): Uint8Array {
  const bytes = Buffer.concat(contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([head(id, bytes.length), bytes])
}

/** A field with a number that is not negative. */
export const numeric = (id: number, value: number): Uint8Array =>
  Buffer.concat([encodeNumber(id * 8 + varint), encodeNumber(value)])
