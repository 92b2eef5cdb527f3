import { PassThrough, type Readable } from 'node:stream'

/**
 * Gives a request's body to `work`, which may leave off in the middle of it. The rest is then read all the same: a body
 * that was destroyed is read no more, and the next request on its connection would never be heard.
 */
export async function withUpload<T>(body: Readable, work: (upload: Readable) => Promise<T>): Promise<T> {
  const upload = new PassThrough()
  upload.on('error', () => undefined) // `work` hears of it, where it still reads
  const cutOff = () => {
    if (!body.readableEnded)
      upload.destroy(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
  }
  body.once('close', cutOff)
  body.once('error', cutOff)
  body.pipe(upload)
  try {
    return await work(upload)
  } finally {
    body.unpipe(upload)
    body.resume()
  }
}
