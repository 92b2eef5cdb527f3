import { createReadStream, existsSync } from 'node:fs'
import { compareExports } from '#core/audit/compare-exports.ts'
import type { RecordReport } from '#core/audit/finding.ts'
import { endLineSchema } from '#core/audit/format.ts'
import { verifyExport } from '#core/audit/verify-export.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { DeviceKeyState } from '#edge/audit/audit-trail.ts'
import { CheckpointFile } from '#edge/audit/checkpoint-file.ts'
import { jsonLines } from '#edge/audit/json-lines.ts'
import { recordTools } from '#edge/audit/tools.ts'
import { verifyRecord } from '#edge/audit/verify-record.ts'
import { isDataFolderHeld } from '#edge/journal/lock.ts'
import { openJournalReadOnly } from '#edge/journal/read-only.ts'
import { connect } from './edge-client.ts'
import { type Io, userPath } from './io.ts'
import { save } from './save.ts'

interface Where {
  edge?: string
  data?: string
}
interface VerifyOptions extends Where {
  against?: string
  key?: string
}

/** Recomputes a record and tells what does not hold; then ends with `audit-broken`. */
export async function verify(
  io: Io,
  file: string | undefined,
  options: VerifyOptions,
): Promise<RecordReport | undefined> {
  const report = await reportOf(io, file, options)
  if (!io.json) for (const line of inWords(report)) io.print(line)
  if (report.ok) return report
  if (io.json) io.print(JSON.stringify(report))
  const { length } = report.findings
  throw new EdgewrightError(
    'audit-broken',
    `${length === 1 ? 'one thing does' : `${length} things do`} not hold; the first: ${report.problem}`,
    file === undefined
      ? {}
      : {
          hint: `Keep ${file} as it is. Compare it with a new export of that machine, and show it to whoever answers for the machine.`,
        },
  )
}

async function reportOf(io: Io, file: string | undefined, options: VerifyOptions): Promise<RecordReport> {
  const { against, key, edge, data } = options
  if (file !== undefined) {
    const tools = recordTools
    const only = key === undefined ? {} : { key }
    const newer = linesOf(userPath(io, file))
    if (against === undefined) return (await verifyExport(newer(), tools, only)).report
    return compareExports({ newer, older: linesOf(userPath(io, against)) }, tools, only)
  }
  if (against !== undefined || key !== undefined)
    throw new EdgewrightError('request-invalid', '--against and --key are for a file', {
      hint: 'Export first: edgewright audit export -o RECORD.ndjson; then verify that file.',
    })
  if (edge !== undefined) return ofEdge(io, options)
  if (data === undefined)
    throw new EdgewrightError('request-invalid', 'it is not said what to verify', {
      hint: 'Name an export, a data folder with --data DIR, or an edge with --edge URL.',
    })
  const dir = userPath(io, data)
  if (isDataFolderHeld(dir)) return ofEdge(io, options)
  const journal = openJournalReadOnly(dir)
  try {
    const report = await verifyRecord(journal, new CheckpointFile(dir))
    if (!isDataFolderHeld(dir)) return report
  } finally {
    journal.close()
  }
  throw new EdgewrightError('data-folder-locked', 'an edge was started on this data folder meanwhile', {
    hint: 'Ask again: it is then asked of that edge.',
  })
}

async function ofEdge(io: Io, where: Where): Promise<RecordReport> {
  const response = await connect(io, where).send('GET', '/api/audit/verify')
  try {
    return (await response.json()) as RecordReport
  } catch (error) {
    throw new EdgewrightError('edge-unreachable', 'the edge broke its answer off', {
      hint: 'See its log, and ask again.',
      cause: error,
    })
  }
}

/** Gives the lines of a file, from the start each time. */
function linesOf(path: string): () => AsyncGenerator<unknown, void, void> {
  if (!existsSync(path)) throw new EdgewrightError('file-unreadable', `there is no ${path}`)
  return async function* () {
    for await (const { value } of jsonLines(createReadStream(path))) yield value
  }
}

function inWords({ ok, blocks, rows, dropped, device, checkpoints, findings }: RecordReport): string[] {
  const { count, last, countersigned, strangers } = checkpoints
  const gone = dropped === 0 ? '' : `, of which retention dropped the content of ${dropped}`
  const held = `${blocks} blocks with ${rows} rows${gone}`
  return [
    ...findings.map(({ kind, text }) => `${kind.toUpperCase().padEnd(10)} ${text}`),
    ok ? `The record holds: ${held}.` : `Looked at: ${held}.`,
    last
      ? `${count} signed ${count === 1 ? 'checkpoint' : 'checkpoints'}; the last is ${last.counter} of ${last.at}. What was written after it, nobody attests yet.`
      : 'No checkpoint was signed yet: only the chain itself was checked.',
    ...(countersigned
      ? [
          `Countersigned by central up to checkpoint ${countersigned.counter} of ${countersigned.at}, with the key ${countersigned.by}.`,
        ]
      : []),
    ...(strangers > 0
      ? [
          `${strangers} ${strangers === 1 ? 'countersignature counts' : 'countersignatures count'} for nothing: by a key that no central gave this machine when it enrolled.`,
        ]
      : []),
    ...(device === null ? [] : [`Device ${device}`]),
  ]
}

interface ExportOptions extends Where {
  output?: string
  from?: string
  to?: string
  readings?: boolean
}

/** Writes the record of a running edge to a file, whole or not at all, or to stdout. */
export async function exportRecord(io: Io, options: ExportOptions): Promise<{ file: string } | undefined> {
  const { output, from, to, readings } = options
  const query = new URLSearchParams({
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(readings && { readings: 'true' }),
  })
  const response = await connect(io, options).send('GET', `/api/audit/export?${query}`)
  const end = { text: '' }
  const file = output === undefined ? undefined : userPath(io, output)
  await save(response, file, (bytes) => watched(bytes, end))
  if (file === undefined) return undefined
  const { blocks, rows, end: last } = endLineSchema.parse(JSON.parse(end.text))
  const { counter, at } = last.checkpoint.signed
  if (!io.json)
    io.print(`${file} holds ${blocks} blocks with ${rows} rows, up to checkpoint ${counter} of ${at}.`)
  return { file }
}

/** An end line is about 1.5 kB. */
const endBytes = 16 * 1024

/** Passes the bytes on, and fails where they do not end with the line that an export ends with. */
async function* watched(bytes: AsyncIterable<Uint8Array>, end: { text: string }): AsyncGenerator<Uint8Array> {
  let tail = Buffer.alloc(0)
  try {
    for await (const chunk of bytes) {
      tail = Buffer.concat([tail, chunk]).subarray(-endBytes)
      yield chunk
    }
  } catch (error) {
    throw brokenOff(error)
  }
  end.text = tail.toString('utf8').trimEnd().split('\n').at(-1) ?? ''
  if (!end.text.startsWith('{"kind":"end"')) throw brokenOff(undefined)
}

const brokenOff = (cause: unknown) =>
  new EdgewrightError('edge-unreachable', 'the edge broke the export off', {
    hint: 'See its log, and export again.',
    cause,
  })

/** The machine's public key. */
export async function showKey(io: Io, options: Where): Promise<DeviceKeyState> {
  const key = await connect(io, options).json<DeviceKeyState>('GET', '/api/audit/key')
  if (!io.json) for (const line of keyInWords(key)) io.print(line)
  return key
}

/** Another device from now on. */
export async function newKey(io: Io, options: Where & { reason: string }): Promise<DeviceKeyState> {
  const { reason } = options
  const key = await connect(io, options).json<DeviceKeyState>('POST', '/api/audit/key', { reason })
  if (!io.json) for (const line of keyInWords(key)) io.print(line)
  return key
}

function keyInWords({ device, publicKey, problem, checkpoint, countersigned }: DeviceKeyState): string[] {
  return [
    `Device      ${device ?? 'none yet'}`,
    `Public key  ${publicKey ?? 'none yet'}`,
    ...(checkpoint ? [`Checkpoint  ${checkpoint.counter} of ${checkpoint.at}`] : []),
    ...(countersigned
      ? [`Central     countersigned checkpoint ${countersigned.counter} on ${countersigned.signedAt}`]
      : []),
    ...(problem === null ? [] : [`Nothing is signed: ${problem}.`]),
  ]
}
