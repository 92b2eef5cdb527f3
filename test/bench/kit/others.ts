import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Milliseconds that all cores together were busy since the machine started. */
function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

const tickMs = 10

/**
 * CPU time of this process and of all that it started and that has ended, ms (proc(5): fields 14 to 17, in ticks).
 * Undefined where there is no /proc.
 */
function ownMs(): number | undefined {
  if (!existsSync('/proc/self/stat')) return undefined
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return tickMs * [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
}

/** Watches how many cores other programs keep busy. The answer is right once all that was started here has ended. */
export function watchOthers(): () => number | undefined {
  const before = { busy: busyMs(), own: ownMs(), at: performance.now() }
  return () => {
    const own = ownMs()
    if (own === undefined || before.own === undefined) return undefined
    const others = busyMs() - before.busy - (own - before.own)
    return Math.max(0, Math.round((100 * others) / (performance.now() - before.at)) / 100)
  }
}
