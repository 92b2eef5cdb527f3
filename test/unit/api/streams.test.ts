import type { ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { EventHub } from '#edge/api/events.ts'
import { answerLines } from '#edge/api/ndjson.ts'
import { thin } from '#edge/api/thin.ts'

const decide = async (raw: unknown[]) =>
  raw.map((value) => ({ readingId: JSON.stringify(value) }) as unknown as Decision)
const answers = async (chunks: (string | Buffer)[]) => {
  let text = ''
  for await (const chunk of answerLines(Readable.from(chunks, { objectMode: false }), decide))
    text += String(chunk)
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse((JSON.parse(line) as Decision).readingId) as unknown)
}

describe('NDJSON', () => {
  it('answers each line in its order, wherever the chunks break', async () => {
    const text = Buffer.from('{"a":1}\n{"a":"ü"}\n\n{"a":3}')
    const chunks = [...text].map((byte) => Buffer.of(byte))
    expect(await answers(chunks)).toEqual([{ a: 1 }, { a: 'ü' }, { a: 3 }])
  })
  it('hands a line that is not JSON on as text, and reads the next', async () => {
    expect(await answers(['{"a":1}\n{oops\n{"a":2}\n'])).toEqual([{ a: 1 }, '{oops', { a: 2 }])
  })
  it('answers a line before the next one has come', async () => {
    const input = new PassThrough()
    const output = answerLines(input, decide)[Symbol.asyncIterator]()
    for (const n of [1, 2, 3, 4, 5, 6]) {
      input.write(`${n}\n`)
      const { value } = await output.next()
      expect(JSON.parse(String(value))).toEqual({ readingId: String(n) })
    }
    input.end()
    expect(await output.next()).toMatchObject({ done: true })
  })
  it('carries many lines', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => i)
    expect(await answers([lines.join('\n')])).toEqual(lines)
  })
  it('takes a line as long as an image needs, in however many chunks it comes', async () => {
    const line = JSON.stringify('x'.repeat(3_000_000))
    const chunks = Array.from({ length: 60 }, (_, k) => line.slice(k * 65_536, (k + 1) * 65_536))
    expect(await answers([...chunks, '\n{"a":1}\n'])).toEqual(['x'.repeat(3_000_000), { a: 1 }])
  })
  it('ends with what is wrong where a line has no end', async () => {
    const endless = Readable.from(
      Array.from({ length: 140 }, () => 'x'.repeat(65_536)),
      { objectMode: false },
    )
    let text = ''
    for await (const chunk of answerLines(endless, decide)) text += String(chunk)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'body-too-large' } })
  })
})

describe('thinning a series', () => {
  it('keeps lowest and highest of each bucket and leaves gaps empty', () => {
    expect(thin([0, 1, 2, 25, 26], [5, 1, 3, 7, Number.NaN], 0, 10)).toEqual([
      [2, 1, 5],
      [25, 7, 7],
    ])
  })
})

describe('event readers', () => {
  it('hear nothing of what ends after them', () => {
    const said: string[] = []
    let ended = false
    const reader = {
      writableLength: 0,
      writeHead: () => reader,
      on: () => reader,
      write: (text: string) => {
        if (ended) throw new Error('written after the end')
        said.push(text)
      },
      end: () => {
        ended = true
      },
    }
    const hub = new EventHub()
    hub.add(reader as unknown as ServerResponse, 'hello')
    hub.send('live', [])
    hub.close()
    hub.send('live', [])
    expect(said).toEqual(['hello', 'event: live\ndata: []\n\n'])
  })
})
