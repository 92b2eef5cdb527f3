import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { totalmem } from 'node:os'

const mebibyte = 2 ** 20
const defaultShare = 0.75
/** No process fills memory faster than this: looking again before it could reach its limit is often enough. */
const fillMbPerMs = 4
const shortestMs = 25
const longestMs = 500
/** AT_PAGESZ of the auxiliary vector, getauxval(3): pairs of native words, key and value. */
const pageSizeKey = 6n

/** Three quarters of what this machine, or the container, has: a runaway model takes itself down and nothing else. */
export function defaultMemoryMb(): number {
  const container = process.constrainedMemory()
  const bytes = Math.min(totalmem(), container > 0 ? container : Number.POSITIVE_INFINITY)
  return Math.floor((defaultShare * bytes) / mebibyte)
}

/** How a process that went over its limit is spoken of. */
export const overMemory = (limitMb: number) => `it took more than ${limitMb} MB of memory`

/** Tells memory-watch.ts its limit, MiB. */
export const limitVariable = 'EDGEWRIGHT_MEMORY_MB'

/** Whether another process's memory can be read from here. Elsewhere the process watches itself: memory-watch.ts. */
export const seesOthers = process.platform === 'linux'

/** How long a process with this resident set need not be looked at, milliseconds. */
export const untilNextLook = (residentBytes: number, limitMb: number): number =>
  Math.min(longestMs, Math.max(shortestMs, (limitMb - residentBytes / mebibyte) / fillMbPerMs))

/**
 * Reads another process's resident set (proc(5), /proc/PID/statm) from time to time and calls `over` once, when it is
 * above `limitMb` MiB. What is answered ends the watch; the process's own end does, too.
 */
export function watchMemory(pid: number, limitMb: number, over: () => void): () => void {
  let statm: number
  try {
    statm = openSync(`/proc/${pid}/statm`, 'r')
  } catch {
    return () => undefined // it is gone already
  }
  const pageBytes = pageSize()
  const text = Buffer.alloc(128)
  let open = true
  const stop = () => {
    if (!open) return
    open = false
    clearTimeout(timer)
    closeSync(statm)
  }
  const look = () => {
    let resident: number
    try {
      // The descriptor belongs to this process: once it is gone, reading fails, whoever has its id by then.
      const read = readSync(statm, text, 0, text.length, 0)
      resident = pageBytes * Number(text.toString('latin1', 0, read).split(' ', 2)[1])
    } catch {
      return stop()
    }
    if (resident > limitMb * mebibyte) {
      stop()
      over()
    } else timer = setTimeout(look, untilNextLook(resident, limitMb)).unref()
  }
  let timer = setTimeout(look, shortestMs).unref()
  return stop
}

/** 4 KiB on most machines, 16 or 64 KiB on some with ARM processors. */
export function pageSize(): number {
  const vector = readFileSync('/proc/self/auxv')
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === pageSizeKey) return Number(vector.readBigUInt64LE(at + 8))
  return 4096
}
