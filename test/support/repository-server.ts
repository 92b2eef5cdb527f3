import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize, sep } from 'node:path'

export interface RepositoryServer {
  url: string
  /** Paths that were asked for, in order. */
  asked: string[]
  /** Answers in the place of the files; undefined: the file. */
  instead: (path: string, request: IncomingMessage, response: ServerResponse) => boolean
  close: () => Promise<void>
}

/** A folder of static files, as any web server would serve it. */
export async function serveRepository(dir: string): Promise<RepositoryServer> {
  const state: RepositoryServer = {
    url: '',
    asked: [],
    instead: () => false,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
    state.asked.push(path)
    if (state.instead(path, request, response)) return
    const file = join(dir, normalize(path))
    const found = file.startsWith(dir + sep) ? statSync(file, { throwIfNoEntry: false }) : undefined
    if (!found?.isFile()) return void response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= found.size && from > 0) return void response.writeHead(416).end()
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': found.size - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${found.size - 1}/${found.size}` }),
    })
    createReadStream(file, { start: from }).pipe(response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
