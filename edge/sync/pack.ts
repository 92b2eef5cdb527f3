import { promisify } from 'node:util'
import { constants, gzip, zstdCompress } from 'node:zlib'

export type Encoding = 'zstd' | 'gzip'
export type Pack = (bytes: Uint8Array, encoding: Encoding) => Promise<Uint8Array>

const withZstd = promisify(zstdCompress)
const withGzip = promisify(gzip)
const zstdLevel = 3
const gzipLevel = 6

/** Off the event loop, in libuv's threads. */
export const pack: Pack = (bytes, encoding) =>
  encoding === 'zstd'
    ? withZstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } })
    : withGzip(bytes, { level: gzipLevel })
