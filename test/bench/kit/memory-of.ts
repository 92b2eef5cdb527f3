import { readFileSync } from 'node:fs'

interface Mapped {
  rss: number
  pss: number
}

/**
 * Memory of some processes together, MB (10⁶ bytes), as if no other program ran: what they share among themselves counts
 * once (PSS). A file other than `ownFile` (a library, which programs outside may map as well) counts with the pages that
 * are here, not with a share of them.
 */
export function memoryMb(pids: readonly number[], ownFile: string): number {
  const maps = pids.map(mappingsOf)
  let sum = 0
  for (const path of new Set(maps.flatMap((map) => [...map.keys()]))) {
    const here = maps.flatMap((map) => map.get(path) ?? [])
    const isShared = path.startsWith('/') && path !== ownFile
    sum += isShared
      ? Math.max(...here.map(({ rss }) => rss))
      : here.reduce((total, { pss }) => total + pss, 0)
  }
  return (sum * 1024) / 1e6
}

/** By file ('' where there is none), kB (proc(5), smaps). */
function mappingsOf(pid: number): Map<string, Mapped> {
  const mapped = new Map<string, Mapped>()
  let current: Mapped = { rss: 0, pss: 0 }
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const header = line.match(/^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)$/)
    if (header) {
      const path = header[1]!.startsWith('/') ? header[1]! : ''
      current = mapped.get(path) ?? { rss: 0, pss: 0 }
      mapped.set(path, current)
    } else if (line.startsWith('Rss:')) current.rss += Number.parseInt(line.slice(4), 10)
    else if (line.startsWith('Pss:')) current.pss += Number.parseInt(line.slice(4), 10)
  }
  return mapped
}
