import { join } from 'node:path'
import { expect } from 'vitest'
import { type Operation, operations } from './operations.ts'
import { type Scene, toNext } from './row.ts'
import { afterKill } from './rows-kill.ts'
import { attach, type Injection, type Point, pointInWords } from './strace.ts'

/** Calls by which the runtime changes what is on the disk. Its log is no state. */
const calls: Record<Point['thread'], string> = {
  files: 'write,pwrite64,writev,fsync,fdatasync,rename,mkdir,rmdir,unlink,ftruncate',
  main: 'pwrite64,fsync,fdatasync,rename,unlink,ftruncate',
}

/** An operation that can be done again and again. */
export interface Ring {
  what: Operation
  chain: string[]
  /** Back to where it can be done again. */
  rewind: (scene: Scene) => Promise<unknown>
}

export const rings: Ring[] = [
  {
    what: 'install',
    chain: [...toNext.slice(0, 2), '1.0.2 retired'],
    rewind: ({ site, versions }) => site.install(versions[2]!),
  },
  {
    what: 'activate',
    chain: operations.activate.chain,
    rewind: ({ site, id }) => site.rollback(id),
  },
  {
    what: 'rollback',
    chain: operations.rollback.chain,
    rewind: ({ site, id }) => site.activate(id, '1.0.1'),
  },
]

/** 1.0.0 runs and 1.0.1 stands where the operation takes it from; another candidate where it is to be installed. */
export async function enterRing(scene: Scene, { what, rewind }: Ring): Promise<void> {
  if (what === 'install') await rewind(scene)
  else {
    await operations.rollback.arrange(scene)
    if (what === 'activate') await rewind(scene)
  }
}

/**
 * Every call of the operation that changes the data folder, in one thread, found by doing it once. Of a frame of the
 * write-ahead log (a header and a page, two calls) the second is enough: before it the frame is not whole.
 */
export async function pointsOf(scene: Scene, { what }: Ring, thread: Point['thread']): Promise<Point[]> {
  const { site } = scene
  const trace = await attach(site.edge.pid, join(site.dir, 'trace'), { thread, call: calls[thread], nth: 1 })
  expect(await operations[what].run(scene)).toMatchObject({ code: 'done' })
  const seen = new Map<string, number>()
  const points: Point[] = []
  for (const line of (await trace.end()).split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1]
    if (call === undefined) continue
    const nth = (seen.get(call) ?? 0) + 1
    seen.set(call, nth)
    const changes = line.includes(site.dataDir) && !/= -1 /.test(line) && !line.includes('/logs/')
    if (changes && !(call === 'pwrite64' && nth % 2 === 1)) points.push({ thread, call, nth })
  }
  return points
}

/** Whether the fault came to pass. */
async function meets(
  scene: Scene,
  { what }: Ring,
  point: Point,
  injection: Injection,
): Promise<{ met: boolean; code: string; message: string }> {
  const { site } = scene
  const trace = await attach(site.edge.pid, join(site.dir, 'trace'), point, injection)
  const outcome = await operations[what].run(scene)
  return { ...outcome, met: /INJECTED|= \?|SIGKILL/.test(await trace.end()) }
}

/** The version that answers is whole. */
export async function serves({ site, id }: Scene): Promise<string> {
  const [running] = await site.slots(id)
  const version = running!.split(' ')[0]!
  const asked = await site.ask(id)
  expect(asked).toMatchObject({ code: 'done', body: { model: { version } } })
  const { probability } = asked.body as { probability: number }
  expect(probability).toBeCloseTo(0.5 + 0.01 * Number(version.split('.')[2]), 5)
  return version
}

/** Killed there: a start serves the old or the new, and a second run converges. Whether the kill came to pass. */
export async function killOnce(scene: Scene, ring: Ring, point: Point): Promise<boolean> {
  const { site, id } = scene
  const { what, chain } = ring
  const { run, slots, again } = operations[what]
  const before = (await site.chain(id)).length
  const { met } = await meets(scene, ring, point, { signal: 'SIGKILL' })
  if (!met) return false
  await site.kill()
  await site.start()
  await serves(scene)
  const tail = (await site.chain(id)).slice(before)
  const possible = chain.map((_, done) => [...chain.slice(0, done), ...(afterKill[what][done] ?? ['never'])])
  expect([...possible, chain], pointInWords(point)).toContainEqual(tail)
  const isDone = tail.length === chain.length && tail.at(-1) === chain.at(-1)
  expect(await run(scene)).toMatchObject({ code: isDone ? again : 'done' })
  expect((await site.chain(id)).slice(before)).toEqual(isDone ? chain : [...tail, ...chain])
  expect(await site.slots(id)).toEqual(slots)
  expect(site.leftovers()).toEqual([])
  return true
}

/** Refused there: in words, the old serves, and a second run succeeds. Whether the fault came to pass. */
export async function refuseOnce(scene: Scene, ring: Ring, point: Point): Promise<boolean> {
  const { site, id } = scene
  const { run, slots, before } = operations[ring.what]
  const { met, code, message } = await meets(scene, ring, point, { error: 'EIO' })
  const where = `${pointInWords(point)}: ${message}`
  if (code !== 'done') {
    // Node words whatever it meets in making a path of folders as ENOENT.
    const words = ['disk-unwritable', 'journal-unwritable', ...(point.call === 'mkdir' ? ['internal'] : [])]
    expect(words, where).toContain(code)
    const flipped = ring.what === 'rollback' ? slots[0] : before
    expect((await site.slots(id))[0], where).toBe(flipped)
    await serves(scene)
    await run(scene)
  }
  expect(await site.slots(id), where).toEqual(slots)
  await serves(scene)
  return met
}
