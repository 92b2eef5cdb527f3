import { Readable } from 'node:stream'
import type { Decision } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** As long as a body may be: a line may bring an image. */
const maxLineLength = 8 * 2 ** 20
/** Lines handed on together, and such groups on their way at once; then the sender waits. */
const groupSize = 256
const maxGroups = 4

/**
 * NDJSON in, a decision per line out, in their order and as they come: a stream of any length in constant memory. A
 * line that is not JSON is answered like any other bad reading, and the next one is read. A stream that cannot go on
 * ends with a line `{"error": …}`.
 */
export function answerLines(input: Readable, decide: (raw: unknown[]) => Promise<Decision[]>): Readable {
  return Readable.from(decideLines(input, decide), { objectMode: false, highWaterMark: 65_536 })
}

async function* decideLines(
  input: Readable,
  decide: (raw: unknown[]) => Promise<Decision[]>,
): AsyncGenerator<string> {
  const underWay: Promise<string>[] = []
  const groups = lineGroups(input)
  try {
    let coming: Promise<IteratorResult<string[]>> | undefined = groups.next()
    while (coming || underWay.length > 0) {
      // A sender who waits between two lines gets the answer to the first.
      if (await isAnswerFirst(underWay, coming)) {
        yield await underWay.shift()!
        continue
      }
      const { value: lines, done } = await coming!
      if (done) coming = undefined
      else {
        const answer = decide(lines.map(parseLine)).then(asLines)
        answer.catch(() => undefined) // thrown where it is awaited above, in its turn
        underWay.push(answer)
        coming = groups.next()
        coming.catch(() => undefined) // likewise
      }
    }
  } catch (error) {
    // The status line has long gone out; the sender learns in the stream why it ends here.
    if (!(error instanceof EdgewrightError)) throw error
    yield `${JSON.stringify(error.body())}\n`
  } finally {
    // Not awaited: it may wait for a line that never comes.
    groups.return(undefined).catch(() => undefined)
    input.destroy()
  }
}

/** Whether the oldest answer goes out before another group is taken in. */
async function isAnswerFirst(underWay: readonly Promise<unknown>[], coming: Promise<unknown> | undefined) {
  const [oldest] = underWay
  if (!oldest || !coming || underWay.length >= maxGroups) return oldest !== undefined
  const settledAs = (which: boolean) => () => which
  return Promise.race([
    coming.then(settledAs(false), settledAs(false)),
    oldest.then(settledAs(true), settledAs(true)),
  ])
}

/** Text that is not JSON goes on as text: validation answers it with what is wrong. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

function asLines(decisions: Decision[]): string {
  let text = ''
  for (const decision of decisions) text += `${JSON.stringify(decision)}\n`
  return text
}

async function* lineGroups(input: Readable): AsyncGenerator<string[]> {
  input.setEncoding('utf8')
  // A long line comes in many chunks: they are joined once, at its end.
  let parts: string[] = []
  let length = 0
  for await (const chunk of input) {
    const [first = '', ...lines] = (chunk as string).split('\n')
    parts.push(first)
    length += first.length
    if (length > maxLineLength)
      throw new EdgewrightError('body-too-large', `a line is longer than ${maxLineLength} characters`)
    if (lines.length === 0) continue
    const rest = lines.pop() ?? ''
    const filled = [parts.join(''), ...lines].filter((line) => line.trim() !== '')
    for (let i = 0; i < filled.length; i += groupSize) yield filled.slice(i, i + groupSize)
    parts = [rest]
    length = rest.length
  }
  const last = parts.join('')
  if (last.trim() !== '') yield [last]
}
