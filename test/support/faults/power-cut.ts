import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * What a power cut may leave of a data folder, worked out from every call that changed it (strace -f -y): what was written
 * after a file's last fsync is gone, and so is a name that was given or taken after its folder's last fsync.
 *
 * Not covered: writes that reach the disk in part or in another order than that; disks that lie about fsync; what was
 * overwritten in place (the database itself, at a checkpoint; none falls into the recorded time); sectors torn inside what
 * was fsynced. `journal.db-shm` is never durable and always goes.
 */

interface Change {
  kind: 'make' | 'rename' | 'remove'
  path: string
  from?: string
  durable: boolean
}

export interface Remains {
  /** Size that is sure, by the path that the file has at the end, of files that were written and not fsynced to their end. */
  sizes: Map<string, number>
  /** Names that are not sure, the newest first. */
  unsure: Change[]
}

const unfinished = /^(\d+) +(.*) <unfinished \.\.\.>$/
const resumed = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/

/** One whole call per line; those that failed, or never came to their end, left nothing. */
function callsIn(trace: string): string[] {
  const open = new Map<string, string>()
  const whole: string[] = []
  for (const line of trace.split('\n')) {
    const begun = unfinished.exec(line)
    const ended = resumed.exec(line)
    if (begun) open.set(begun[1]!, begun[2]!)
    else if (ended) whole.push(`${open.get(ended[1]!) ?? ''}${ended[2]}`)
    else whole.push(line.replace(/^\d+ +/, ''))
  }
  return whole.filter((call) => / = \d/.test(call))
}

/** `sizeBefore`: of a file when the record began, 0 where it was not there. */
export function remainsOf(trace: string, dataDir: string, sizeBefore: (path: string) => number): Remains {
  const written = new Map<string, number>()
  const synced = new Map<string, number>()
  const changes: Change[] = []
  const moved = (path: string, from: string, to: string) =>
    path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path
  for (const call of callsIn(trace)) {
    if (!call.includes(dataDir)) continue
    const name = /^(\w+)\(/.exec(call)?.[1]
    const [first, second] = [...call.matchAll(/"([^"]*)"/g)].map((found) => found[1]!)
    const open = /^\w+\(\d+<([^>]*)>/.exec(call)?.[1]
    const amount = Number(/ = (\d+)/.exec(call)![1])
    if ((name === 'write' || name === 'pwrite64') && open) {
      const at =
        name === 'write' ? (written.get(open) ?? sizeBefore(open)) : Number(/, (\d+)\) +=/.exec(call)![1])
      written.set(open, Math.max(written.get(open) ?? 0, at + amount))
    } else if ((name === 'fsync' || name === 'fdatasync') && open) {
      if (written.has(open)) synced.set(open, written.get(open)!)
      for (const change of changes) if (dirname(change.path) === open) change.durable = true
    } else if (name === 'openat' && /O_CREAT/.test(call))
      changes.push({ kind: 'make', path: first!, durable: false })
    else if (name === 'mkdir') changes.push({ kind: 'make', path: first!, durable: false })
    else if (name === 'unlink' || name === 'rmdir')
      changes.push({ kind: 'remove', path: first!, durable: false })
    else if (name === 'rename') {
      for (const map of [written, synced])
        for (const [path, size] of [...map]) {
          const to = moved(path, first!, second!)
          if (to !== path) map.delete(path) && map.set(to, size)
        }
      for (const change of changes) change.path = moved(change.path, first!, second!)
      changes.push({ kind: 'rename', path: second!, from: first!, durable: false })
    }
  }
  const sizes = new Map<string, number>()
  for (const [path, size] of written) {
    const sure = synced.get(path) ?? sizeBefore(path)
    if (sure < size) sizes.set(path, sure)
  }
  return { sizes, unsure: changes.filter(({ durable }) => !durable).reverse() }
}

/**
 * Makes that of a copy of the folder. `names`: whether unsure names are lost as well, or have reached the disk before what
 * stands in the files. `before`: a copy from when the record began, out of which what was removed comes back.
 */
export function cutPower(
  copy: string,
  dataDir: string,
  before: string,
  remains: Remains,
  names: 'lost' | 'kept',
): void {
  const at = (path: string) => join(copy, path.slice(dataDir.length))
  for (const [path, size] of remains.sizes)
    if (existsSync(at(path)) && statSync(at(path)).isFile()) truncateSync(at(path), size)
  if (names === 'lost')
    for (const { kind, path, from } of remains.unsure) {
      if (!path.startsWith(dataDir)) continue
      if (kind === 'make') rmSync(at(path), { recursive: true, force: true })
      else if (kind === 'remove') {
        const old = join(before, path.slice(dataDir.length))
        if (existsSync(old) && !existsSync(at(path))) {
          mkdirSync(dirname(at(path)), { recursive: true })
          cpSync(old, at(path), { recursive: true })
        }
      } else if (from !== undefined && existsSync(at(path)) && existsSync(dirname(at(from))))
        renameSync(at(path), at(from))
    }
  rmSync(join(copy, 'journal.db-shm'), { force: true })
}
