import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { exportRecord } from '#cli/audit.ts'
import { exportFeedback } from '#cli/export-feedback.ts'
import type { Io } from '#cli/io.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgewright-save-'))
const io: Io = {
  ...{ env: { INIT_CWD: dir, EDGEWRIGHT_TOKEN: 'a-token' }, json: false },
  ...{ print: () => undefined, note: () => undefined },
}
const url = 'http://127.0.0.1:1'
const saved = {
  'audit export': (output: string) => exportRecord(io, { edge: url, output }),
  'export feedback': (output: string) => exportFeedback(io, { central: url, output, format: 'jsonl' }),
}
afterEach(() => vi.unstubAllGlobals())
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Answers with a stream that never ends by itself. */
function answering() {
  const cancel = vi.fn()
  let stream!: ReadableStreamDefaultController<Uint8Array>
  const start = (controller: typeof stream) => {
    stream = controller
    stream.enqueue(Buffer.from('{"a":1}\n'))
  }
  vi.stubGlobal('fetch', async () => new Response(new ReadableStream({ start, cancel })))
  return { cancel, breakOff: () => stream.error(new Error('terminated')) }
}

it.each(Object.entries(saved))('%s reads no further where its file cannot be made', async (_, save) => {
  const { cancel } = answering()
  await expect(save('no/such/folder/file')).rejects.toThrow(/no\/such\/folder/)
  expect(cancel).toHaveBeenCalledOnce()
})

it.each(Object.entries(saved))('%s leaves nothing where it is broken off', async (_, save) => {
  const { breakOff } = answering()
  const saving = save('file')
  breakOff()
  await expect(saving).rejects.toThrow(/broke the export off/)
  expect(readdirSync(dir)).toEqual([])
})
