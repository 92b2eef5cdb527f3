export interface ServerSentEvent {
  event: string
  data: string
}

/** A block larger than this is no event of ours; it is dropped, so that a broken stream takes no memory. */
const maxBlockChars = 4_000_000

/** Takes a stream apart. Source: WHATWG HTML, 9.2.6 Interpreting an event stream. */
export class EventReader {
  #rest = ''

  /** The events that this piece of text completes. */
  push(text: string): ServerSentEvent[] {
    const blocks = (this.#rest + text).replaceAll('\r\n', '\n').split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > maxBlockChars) this.#rest = ''
    return blocks.map(readBlock).filter((event) => event.data !== '')
  }
}

function readBlock(block: string): ServerSentEvent {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
  return { event, data: data.join('\n') }
}
