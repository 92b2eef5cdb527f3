import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What /proc says of other processes (Linux; proc(5)). */
export const hasProc = process.platform === 'linux'

export interface Seen {
  pid: number
  ppid: number
  /** Its arguments, joined by spaces. */
  command: string
  /** User and system time so far. */
  cpuMs: number
}

/** One tick of /proc/PID/stat; sysconf(_SC_CLK_TCK) is 100 on Linux wherever Node runs. */
const tickMs = 10

/** The processes of a group that still are: what has ended and waits for its parent is none. */
export const processesOf = (group: number): Seen[] => processes((pgrp) => pgrp === group)

export const childrenOf = (parent: number): Seen[] => processes((_, ppid) => ppid === parent)

function processes(wanted: (pgrp: number, ppid: number) => boolean): Seen[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const [state, ppid, pgrp] = [fields[0], Number(fields[1]), Number(fields[2])]
      if (state === 'Z' || !wanted(pgrp, ppid)) return []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const cpuMs = tickMs * (Number(fields[11]) + Number(fields[12]))
      return [{ pid: Number(name), ppid, command, cpuMs }]
    } catch {
      return [] // it ended while it was looked at
    }
  })
}

const mebibyte = 2 ** 20
const statusOf = (pid: number, field: 'VmRSS' | 'VmHWM'): number | undefined => {
  try {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1]
    return kib === undefined ? undefined : (Number(kib) * 1024) / mebibyte
  } catch {
    return undefined
  }
}

/** Resident memory of a process now, MiB; undefined where it is gone. */
export const residentMb = (pid: number) => statusOf(pid, 'VmRSS')
/** The most that it has had, which the kernel keeps, MiB: no sampling misses it. */
export const peakMb = (pid: number) => statusOf(pid, 'VmHWM')
/** From now on the most that it has had counts anew. */
export const forgetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5')

/** Looks again and again until `look` answers something; throws after `withinMs`, naming `what`. */
export async function until<T>(what: string, look: () => T | undefined, withinMs = 60_000): Promise<T> {
  const endsAt = performance.now() + withinMs
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (performance.now() > endsAt) throw new Error(`waited ${withinMs} ms in vain until ${what}`)
    await sleep(2)
  }
}
