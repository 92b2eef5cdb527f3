import { join } from 'node:path'
import { type Logger, pino } from 'pino'

/** What waits while the disk takes nothing, bytes; lines that come after it are dropped. */
const mostWaiting = 1 << 20

/**
 * The runtime's own log, logs/runtime.log of the data folder. A disk that takes no more of it costs lines, never the runtime:
 * what could not be written waits for the next line that can.
 */
export function openLog(dataDir: string): Logger {
  const dest = join(dataDir, 'logs', 'runtime.log')
  const destination = pino.destination({ dest, mkdir: true, sync: true, maxLength: mostWaiting })
  // Unheard, this event would end the process; there is nobody to tell of it but this log.
  destination.on('error', () => undefined)
  return pino({ base: { pid: process.pid } }, destination)
}
