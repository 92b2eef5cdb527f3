import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a fault needs of the machine that it is made on. */
export type Need = 'strace' | 'mount' | 'network namespace'

const works = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0

const probes: Record<Need, () => string | undefined> = {
  strace() {
    if (process.platform !== 'linux') return 'system calls can be made to fail on Linux only'
    if (!works('strace', '-o', '/dev/null', '-e', 'inject=getppid:error=EIO', 'true'))
      return 'strace is missing, or may not inject faults here'
    return mayAttach()
      ? undefined
      : 'strace may not attach to running processes here (kernel.yama.ptrace_scope)'
  },
  mount() {
    const at = mkdtempSync(join(tmpdir(), 'edgewright-mount-'))
    try {
      if (!works('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at)) return 'nothing may be mounted here'
      return works('umount', at) ? undefined : `${at} cannot be unmounted again`
    } finally {
      rmdirSync(at)
    }
  },
  'network namespace': () =>
    works('unshare', '-n', 'ip', 'link', 'set', 'lo', 'up')
      ? undefined
      : 'no network namespace can be made here (unshare -n, ip)',
}

/** ptrace(2): 0 lets a user's processes attach to each other, 1 only the superuser's. */
function mayAttach(): boolean {
  try {
    const scope = Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'))
    return scope === 0 || (scope === 1 && process.getuid?.() === 0)
  } catch {
    return true // this kernel has no such limit
  }
}

const known = new Map<Need, string | undefined>()

/** Why a fault cannot be made here; undefined where it can. */
export function lacking(needs: readonly Need[] = []): string | undefined {
  for (const need of needs) {
    if (!known.has(need)) known.set(need, probes[need]())
    const why = known.get(need)
    if (why !== undefined) return why
  }
  return undefined
}
