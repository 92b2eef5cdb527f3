import { spawnSync } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { cpus, freemem, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './figures.ts'
import { watchOthers } from './others.ts'
import { root } from './root.ts'

/** The commit that is checked out, and whether something was changed since; absent outside a clone. */
export function describeSources(): string | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  const commit = git('rev-parse', '--short', 'HEAD')
  if (commit.status !== 0) return undefined
  return `${commit.stdout.trim()}${git('diff', '--quiet', 'HEAD').status === 0 ? '' : ' with changes'}`
}

export interface Machine {
  cpu: string
  cores: number
  memoryMb: number
  freeMemoryMb: number
  system: string
  node: string
  onnxruntime: string
  fileSystem: string
  /** Appending 4 KiB and waiting until they are on the disk, as the machine says, µs. */
  syncUs: number
  /** Cores that others kept busy in the second before the first bench. */
  busyCores?: number
}

/** statfs(2) f_type. */
const fileSystems: Record<number, string> = {
  61267: 'ext4',
  16914836: 'tmpfs: nothing reaches a disk',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  2035054128: 'overlay',
  801189825: 'zfs',
}

/** What the figures depend on. `dir`: where the benches keep their data. */
export async function describeMachine(dir: string): Promise<Machine> {
  const others = watchOthers()
  await sleep(1000)
  const busyCores = others()
  const { version } = JSON.parse(
    readFileSync(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
  ) as { version: string }
  const { type } = statfsSync(dir)
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    freeMemoryMb: Math.round(freemem() / 2 ** 20),
    system: `${platform()} ${release()}`,
    node: process.version,
    onnxruntime: version,
    fileSystem: fileSystems[type] ?? `0x${type.toString(16)}`,
    syncUs: Math.round(syncUs(dir)),
    ...(busyCores !== undefined && { busyCores }),
  }
}

function syncUs(dir: string): number {
  const path = join(dir, 'sync')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(4096, 1)
  const times: number[] = []
  for (let i = 0; i < 100; i++) {
    const started = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    times.push(1000 * (performance.now() - started))
  }
  closeSync(file)
  rmSync(path)
  return median(times)
}
