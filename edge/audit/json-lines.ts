import type { Readable } from 'node:stream'

/** Longer than any line of an export: 4 MiB of columns in base64 are less than a quarter of it. */
const maxLineLength = 32 * 2 ** 20

/**
 * NDJSON of any length in bounded memory: each line parsed; `undefined` where it is not JSON, or longer than 32 MiB, which
 * ends it. `whole`: it ends with a line feed.
 */
export async function* jsonLines(
  input: Readable,
): AsyncGenerator<{ value: unknown; whole: boolean }, void, void> {
  input.setEncoding('utf8')
  let parts: string[] = []
  let length = 0
  for await (const chunk of input) {
    const [first = '', ...lines] = (chunk as string).split('\n')
    parts.push(first)
    length += first.length
    if (length > maxLineLength) {
      yield { value: undefined, whole: true }
      return
    }
    if (lines.length === 0) continue
    const rest = lines.pop() ?? ''
    for (const line of [parts.join(''), ...lines]) yield { value: parse(line), whole: true }
    parts = [rest]
    length = rest.length
  }
  const last = parts.join('')
  if (last !== '') yield { value: parse(last), whole: false }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // Whoever reads the lines says which one it is.
  }
}
