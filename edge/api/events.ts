import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { EdgeEvents } from '#core/contracts/api.ts'

/** A reader that lets this much pile up is cut off; it reconnects and asks for the present state. */
const maxBufferedBytes = 1_000_000

/** Server-sent events to every open console. */
export class EventHub {
  readonly #readers = new Set<ServerResponse>()

  get readers(): number {
    return this.#readers.size
  }

  send<K extends keyof EdgeEvents>(kind: K, payload: EdgeEvents[K]): void {
    if (this.#readers.size === 0) return
    const text = `event: ${kind}\ndata: ${JSON.stringify(payload)}\n\n`
    for (const reader of this.#readers) {
      if (reader.writableLength > maxBufferedBytes) reader.destroy()
      else reader.write(text)
    }
  }

  add(reader: ServerResponse, first: string): void {
    reader.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    reader.write(first)
    this.#readers.add(reader)
    reader.on('close', () => this.#readers.delete(reader))
  }

  close(): void {
    for (const reader of this.#readers) reader.end()
    // What still ends after them has nobody to tell.
    this.#readers.clear()
  }
}

/** `hello` is what a new reader gets at once. */
export function eventRoutes(app: FastifyInstance, hub: EventHub, hello: () => EdgeEvents['health']): void {
  app.get('/api/events', (_request, reply) => {
    reply.hijack()
    hub.add(reply.raw, `retry: 1000\n\nevent: health\ndata: ${JSON.stringify(hello())}\n\n`)
  })
}
