import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'

/**
 * Who packs a folder packs what lies in it: a table from elsewhere must not bring in images of this machine.
 * @throws EdgewrightError reference-refused
 */
export function refuseElsewhere(path: string): void {
  if (isAbsolute(path) || path.split(/[\\/]/).includes('..') || path.includes('\\'))
    throw new EdgewrightError(
      'reference-refused',
      `the reference names the image "${path}", which does not lie beside it`,
      { hint: 'Put the images into the folder of the CSV file, or below it.' },
    )
}

/** An image of a reference. @throws EdgewrightError reference-refused, naming it as the reference does */
export async function readImageFile(dir: string, path: string): Promise<Buffer> {
  refuseElsewhere(path)
  return readFile(join(dir, path)).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'is not there' : `cannot be read (${error.code ?? error.message})`
    throw new EdgewrightError('reference-refused', `the reference's image "${path}" ${why}`, {
      hint: 'Put the images where the reference says that they are, seen from its folder.',
      cause: error,
    })
  })
}

/**
 * Width and height out of an image's header, without decoding it: PNG's IHDR (ISO/IEC 15948, 11.2.2), or the first start of
 * frame of a JPEG (ITU-T T.81, B.2.2). Undefined where it is neither, or cut short.
 */
export function imageSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length >= 24 && bytes.readUInt32BE(0) === 0x89504e47)
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]!
    // SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
