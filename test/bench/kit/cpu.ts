import { existsSync, readdirSync, readFileSync } from 'node:fs'

const tickMs = 10

/** Of one line of /proc/PID/stat, after the name in brackets (proc(5)). */
const place = { parent: 1, user: 11, system: 12, endedUser: 13, endedSystem: 14 } as const

function statOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
  } catch {
    return undefined // it has ended
  }
}

/** CPU time of a process and of all its children, those that have ended among them, ms; NaN where there is no /proc. */
export function cpuMsOf(pid: number): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN
  const own = statOf(pid)
  if (!own) return Number.NaN
  let ticks = own[place.user]! + own[place.system]! + own[place.endedUser]! + own[place.endedSystem]!
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    if (stat?.[place.parent] === pid) ticks += stat[place.user]! + stat[place.system]!
  }
  return ticks * tickMs
}
