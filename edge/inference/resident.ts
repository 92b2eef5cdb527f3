import { readFileSync } from 'node:fs'
import { pageSize, seesOthers } from './memory-limit.ts'

/** Resident memory of a process, MiB (proc(5), /proc/PID/statm); null where it is gone or cannot be seen from here. */
export function residentMb(pid: number): number | null {
  if (!seesOthers || pid <= 0) return null
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ', 2)[1])
    return (pages * pageSize()) / 2 ** 20
  } catch {
    return null // it has ended
  }
}
