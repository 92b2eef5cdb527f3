import type { Limits, SyncStatus } from '#core/contracts/sync.ts'
import { connect } from './edge-client.ts'
import type { Io } from './io.ts'

interface Where {
  edge?: string
  data?: string
}

/** Whether central answers, and what waits for it. */
export async function status(io: Io, options: Where): Promise<SyncStatus> {
  const told = await connect(io, options).json<SyncStatus>('GET', '/api/sync')
  if (!io.json) for (const line of lines(told)) io.print(line)
  return told
}

/** What is not named becomes no limit: both are told together. */
export async function limits(
  io: Io,
  { bytes, window, ...where }: Where & { bytes?: number | null; window?: Limits['window'] },
): Promise<SyncStatus> {
  const body: Limits = { bytesPerS: bytes ?? null, window: window ?? null }
  const told = await connect(io, where).json<SyncStatus>('PUT', '/api/sync/limits', body)
  if (!io.json) io.print(limitLine(told))
  return told
}

const inWords: Record<SyncStatus['state'], string> = {
  'not-enrolled': 'This machine is enrolled nowhere: nothing is sent.',
  waiting: 'Waiting for an admin at central to confirm the fingerprint of this machine.',
  connected: 'Connected to central.',
  'not-connected': 'Not connected to central. Alerts still work.',
  refused: 'Central refuses this machine. Alerts still work.',
}

function lines(told: SyncStatus): string[] {
  const { state, problem, central, lastContactAt, nextTryAt, waiting, streams, clockOffsetMs } = told
  const seconds = clockOffsetMs === null ? 0 : Math.round(clockOffsetMs / 1000)
  return [
    `${inWords[state]}${waiting > 0 && state !== 'not-enrolled' ? ` ${waiting} ${waiting === 1 ? 'item' : 'items'} waiting to send.` : ''}`,
    ...(problem === null ? [] : [`  why       ${problem}`]),
    ...(central === null
      ? []
      : [`  central   ${central}, last heard of ${lastContactAt ?? 'never since the start'}`]),
    ...(nextTryAt === null ? [] : [`  next try  ${nextTryAt}`]),
    ...streams
      .filter((one) => one.waiting > 0 || one.blocked !== null)
      .map(
        (one) =>
          `  ${one.stream.padEnd(9)} ${one.waiting} rows${one.oldestAt === null ? '' : `, the oldest of ${one.oldestAt}`}${one.blocked === null ? '' : `, does not go on: ${one.blocked}`}`,
      ),
    ...(Math.abs(seconds) >= 5
      ? [`  clock     ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} central's`]
      : []),
    limitLine(told),
    ...(told.keptBack ? [`  kept back the content of events of the kinds ${told.keptBack.join(', ')}`] : []),
  ]
}

function limitLine({ limits: { bytesPerS, window } }: SyncStatus): string {
  const most = bytesPerS === null ? 'as fast as the line goes' : `at most ${bytesPerS} bytes a second`
  return `  limits    ${most}${window === null ? '' : `; figures and readings only at ${window}`}`
}
