import { type Operation, operations } from './operations.ts'
import type { Row, Scene } from './row.ts'
import { toNext } from './row.ts'
import { under } from './rows-disk.ts'
import type { Outcome } from './site.ts'
import { type Point, pointInWords } from './strace.ts'

/** What a start does with what a kill left half-way: after so many states of the operation, these follow. */
export const afterKill: Record<Operation, string[][]> = {
  // Not in its place yet: dropped without a word.
  install: [[], [], []],
  activate: [[], ['1.0.1 staged'], ['never'], []],
  rollback: [[], ['never'], []],
}

/** Kills the runtime at this call, and starts it again. */
export async function killedAt(scene: Scene, what: Operation, point: Point): Promise<Outcome> {
  const { site } = scene
  const outcome = await under(scene, point, { signal: 'SIGKILL' }, () => operations[what].run(scene))
  await site.kill()
  await site.start()
  return outcome
}

/** `done`: how many states of the operation are durable at the kill. */
const kill = (what: Operation, point: Point, done: number): Row => {
  const { chain, arrange, run, slots, again } = operations[what]
  const isDone = done === chain.length
  const before = what === 'install' ? [] : what === 'activate' ? toNext.slice(0, 2) : toNext
  return {
    row: 34,
    title: `SIGKILL at ${pointInWords(point)} during ${what}: ${isDone ? 'the new' : 'the old'} state serves, and a second run converges`,
    needs: ['strace'],
    alone: true,
    ...(point.thread === 'main' && { quiet: true as const }),
    arrange,
    act: async (scene) => [await killedAt(scene, what, point), await run(scene)],
    said: [['edge-unreachable'], [isDone ? again : 'done']],
    chain: [...before, ...chain.slice(0, done), ...afterKill[what][done]!, ...(isDone ? [] : chain)],
    slots,
    audit: isDone ? [refusalOf[what]] : [],
  }
}

const refusalOf = { install: 'package.refused', activate: 'activation.refused', rollback: 'rollback.refused' }

const files = (call: string, nth: number): Point => ({ thread: 'files', call, nth })
const main = (call: string, nth: number): Point => ({ thread: 'main', call, nth })

/**
 * Row 34, a few of its calls. A commit is written before it is synced: killed at the fsync, the page cache has it (a power
 * cut would not: power-cut.ts).
 */
export const kills: Row[] = [
  { ...kill('install', files('fsync', 4), 0), long: true },
  kill('install', files('rename', 2), 1),
  { ...kill('install', main('pwrite64', 1), 0), long: true },
  // The second is of what the version's privacy allows.
  { ...kill('install', main('fsync', 2), 1), long: true },
  { ...kill('install', main('fsync', 3), 2), long: true },
  { ...kill('activate', main('pwrite64', 1), 0), long: true },
  kill('activate', main('fsync', 1), 1),
  { ...kill('rollback', main('pwrite64', 1), 0), long: true },
  kill('rollback', main('fsync', 1), 2),
]
