import type { ByteRange } from './artefacts.ts'

/**
 * What a `Range` header asks of a file of `size` bytes (RFC 9110, section 14). 'all': it asks for nothing that is known here,
 * several ranges among it, so the whole is sent. 'none': no byte of the file is in it.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'all' | 'none' {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!found) return 'all'
  const [, first = '', last = ''] = found
  if (first === '') {
    if (last === '') return 'all'
    const length = Math.min(Number(last), size)
    return length === 0 ? 'none' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return 'all'
  return start >= size ? 'none' : { start, end }
}
