import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportRecord, showKey, verify } from '#cli/audit.ts'
import type { Io } from '#cli/io.ts'
import { secretsIn } from '#cli/secrets-in.ts'
import type { RecordReport } from '#core/audit/finding.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import type { DeviceKeyState } from '#edge/audit/audit-trail.ts'
import type { AddressedEvent } from '#edge/journal/journal.ts'
import { Browser } from '#support/browser.ts'
import { edgewright } from '#support/command.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'

let edge: TestEdge
const cwd = mkdtempSync(join(tmpdir(), 'edgewright-audit-cli-'))
beforeAll(async () => {
  edge = await startTestEdge()
})
afterAll(async () => {
  await edge.remove()
  rmSync(cwd, { recursive: true, force: true })
})
let printed: string[] = []
/** The command line, in this process. */
function io(): Io {
  printed = []
  return {
    env: { INIT_CWD: cwd },
    print: (text) => printed.push(text),
    note: () => undefined,
    json: false,
  }
}
const events = async (kind: string) =>
  (await edge.client.json<{ rows: AddressedEvent[] }>('GET', '/api/audit?limit=1000')).rows.filter(
    (row) => row.kind === kind,
  )

describe('the record of a runtime', () => {
  it('is exported to a technician, and not to a browser in which nobody signed in', async () => {
    const screen = await Browser.at(edge.url, edge.signInCode())
    const refused = await screen.send('GET', '/api/audit/export')
    expect([refused.status, refused.error?.code]).toEqual([403, 'not-allowed'])
    const { id } = await edge.client.json<{ id: string }>('POST', '/api/people', {
      name: 'M. Keller',
      role: 'technician',
      pin: '271828182',
    })
    await screen.signIn(id, '271828182')
    const response = await fetch(new URL('/api/audit/export?readings=true', edge.url), {
      headers: { cookie: screen.cookie },
    })
    expect(response.headers.get('content-type')).toMatch(/^application\/x-ndjson/)
    expect((await response.text()).trimEnd().split('\n').at(-1)).toMatch(/^{"kind":"end"/)
    expect(await events('audit.exported')).toMatchObject([
      { by: 'M. Keller (technician)', body: { from: null, to: null, readings: true } },
    ])
  })

  it('gives its key to whoever asks, and no new one to a technician or while it is sound', async () => {
    const { device, problem } = await edge.client.json<DeviceKeyState>('GET', '/api/audit/key')
    expect(device).toMatch(/^[0-9a-f]{64}$/)
    expect(problem).toBeNull()
    const renewed = await edge.raw('POST', '/api/audit/key', {
      body: JSON.stringify({ reason: 'to see' }),
      headers: { 'content-type': 'application/json' },
    })
    expect([renewed.status, ((await renewed.json()) as ErrorBody).error.code]).toEqual([
      409,
      'device-key-refused',
    ])
  })

  it('refuses times that are none', async () => {
    expect((await edge.raw('GET', '/api/audit/export?from=yesterday')).status).toBe(400)
  })
})

describe('edgewright audit', () => {
  it('exports to a file, verifies it, and asks the edge that runs on a folder', async () => {
    const data = edge.dataDir
    await exportRecord(io(), { data, output: 'record.ndjson' })
    expect(printed.pop()).toMatch(/record.ndjson holds \d+ blocks/)
    await verify(io(), 'record.ndjson', {})
    expect(printed[0]).toMatch(/^The record holds: \d+ blocks/)
    const { device } = await edge.client.json<DeviceKeyState>('GET', '/api/audit/key')
    expect(await verify(io(), undefined, { data })).toMatchObject({ ok: true, device })
    await showKey(io(), { data })
    expect(printed[0]).toBe(`Device      ${device}`)
    expect(secretsIn(data)).toEqual([
      `device.key: device ${device}; an owner-only file, not encrypted by itself`,
      'token: an owner-only file, not encrypted by itself',
    ])
    await expect(verify(io(), undefined, { data, key: device! })).rejects.toThrow(/are for a file/)
  })

  it('ends with status 1 and says where, of a file and of a folder on which nothing runs', async () => {
    const record = readFileSync(join(cwd, 'record.ndjson'), 'utf8')
    writeFileSync(join(cwd, 'edited.ndjson'), record.replace('runtime.started', 'runtime.stirred'))
    await expect(verify(io(), 'edited.ndjson', {})).rejects.toMatchObject({ code: 'audit-broken' })
    expect(printed[0]).toMatch(/^EDIT {7}events, epoch \w{8}: .* rows 2 to 2 was edited/)
    await expect(verify(io(), 'edited.ndjson', { against: 'record.ndjson' })).rejects.toMatchObject({
      code: 'audit-broken',
    })
    await edge.close()
    const db = new DatabaseSync(join(edge.dataDir, 'journal.db'))
    db.exec('DELETE FROM blocks WHERE stream = 0 AND first = 2')
    db.close()
    const before = readFileSync(join(edge.dataDir, 'journal.db'))
    const broken = await edgewright(cwd, 'audit', 'verify', '--data', edge.dataDir, '--json')
    expect(broken).toMatchObject({ status: 1, stderr: expect.stringMatching(/not hold/) })
    expect((JSON.parse(broken.stdout) as RecordReport).findings).toMatchObject([
      { kind: 'delete', stream: 'events', first: 2, last: 2 },
    ])
    expect(readFileSync(join(edge.dataDir, 'journal.db')).equals(before)).toBe(true)
    expect(existsSync(join(edge.dataDir, 'journal.db-wal'))).toBe(false)
    edge = await startTestEdge({ dataDir: edge.dataDir })
    expect(await edge.client.json('GET', '/api/audit/verify')).toMatchObject({ ok: false })
  })
})
