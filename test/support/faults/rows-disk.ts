import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Turned } from '#core/contracts/deployment.ts'
import { node, weights } from '../onnx-builder.ts'
import { before, spliced } from '../splice.ts'
import { type Base, type Version, versionOf } from '../versions.ts'
import { type Operation, operations } from './operations.ts'
import { first, type Row, type Scene, toNext } from './row.ts'
import { next } from './rows-ways.ts'
import type { Outcome } from './site.ts'
import { attach, type Injection, type Point, pointInWords } from './strace.ts'

/** Carries something out while calls of the runtime meet with a fault, which must have come to pass. */
export async function under(
  { site }: Scene,
  point: Point,
  injection: Injection,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const trace = await attach(site.edge.pid, join(site.dir, 'trace'), point, injection)
  try {
    return await work()
  } finally {
    expect(await trace.end()).toMatch(/INJECTED|= \?|SIGKILL/)
  }
}

const back = ['1.0.0 running', '1.0.1 rolled-back']
const files = (call: string, nth: number): Point => ({ thread: 'files', call, nth })
const main = (call: string, nth: number): Point => ({ thread: 'main', call, nth })

interface Failing {
  what: Operation
  point: Point
  code: string
  words: RegExp
  /** What the second run ends with. */
  again?: string
  chain: string[]
  audit: string[]
  long?: true
}

/** The disk fails once: refused in words, the old version serves, and the second run succeeds. */
const failing = ({ what, point, code, words, again = 'done', chain, audit, ...rest }: Failing): Row => ({
  row: 35,
  title: `EIO at ${pointInWords(point)} during ${what}`,
  needs: ['strace'],
  alone: true,
  ...(point.thread === 'main' && { quiet: true as const }),
  arrange: operations[what].arrange,
  act: async (scene) => {
    const { run, before: old } = operations[what]
    const refused = await under(scene, point, { error: 'EIO' }, () => run(scene))
    if (what !== 'rollback') expect((await scene.site.slots(scene.id))[0]).toBe(old)
    const second = await run(scene)
    await until(async () => (await scene.site.chain(scene.id)).length === first.length + chain.length)
    return [refused, second]
  },
  said: [[code, words], [again]],
  chain,
  slots: operations[what].slots,
  audit,
  ...rest,
})

const disk = /the disk report(s|ed) an error/
/** Row 35, a few of its calls. */
export const errors: Row[] = [
  failing({
    what: 'install',
    point: files('fsync', 1),
    long: true,
    code: 'disk-unwritable',
    words: disk,
    chain: toNext.slice(0, 2),
    audit: ['package.refused'],
  }),
  failing({
    what: 'install',
    point: files('rename', 2),
    code: 'disk-unwritable',
    words: disk,
    chain: ['1.0.1 verifying', ...toNext.slice(0, 2)],
    audit: ['package.refused'],
  }),
  failing({
    what: 'install',
    point: main('fsync', 2),
    long: true,
    code: 'journal-unwritable',
    words: disk,
    chain: ['1.0.1 verifying', ...toNext.slice(0, 2)],
    audit: ['package.refused'],
  }),
  failing({
    what: 'activate',
    point: main('fsync', 1),
    code: 'journal-unwritable',
    words: disk,
    chain: toNext,
    audit: [],
  }),
  failing({
    what: 'rollback',
    point: main('fsync', 1),
    code: 'journal-unwritable',
    // The short table has it as row 37, where nothing can be written for a while.
    long: true,
    words: /1\.0\.0 answers again, but that cannot be written down/,
    again: 'no-previous',
    chain: [...toNext, ...back],
    audit: ['rollback.refused'],
  }),
]

const readOnly: Point = { thread: 'main', call: 'pwrite64', nth: '1+' }

/** Row 37: the journal cannot be written for a while. */
export const readOnlyDisk: Row[] = [
  {
    row: 37,
    title: 'the journal is read-only: an activation is refused in words, and works once it can be written',
    long: true,
    needs: ['strace'],
    alone: true,
    arrange: operations.activate.arrange,
    act: async (scene) => {
      const { run, before: old } = operations.activate
      const refused = await under(scene, readOnly, { error: 'EROFS' }, () => run(scene))
      expect((await scene.site.slots(scene.id))[0]).toBe(old)
      return [refused, await run(scene)]
    },
    said: [['journal-unwritable', /cannot be written/], ['done']],
    chain: toNext,
    slots: operations.activate.slots,
    audit: [],
  },
  {
    row: 37,
    title: 'the journal is read-only: a rollback flips all the same, says so, and is written down later',
    needs: ['strace'],
    alone: true,
    arrange: operations.rollback.arrange,
    act: async (scene) => {
      const { site, id } = scene
      const said = await under(scene, readOnly, { error: 'EROFS' }, async () => {
        const outcome = await operations.rollback.run(scene)
        expect((await site.slots(id))[0]).toBe('1.0.0 running')
        return outcome
      })
      await until(async () => (await site.chain(id)).at(-1) === '1.0.1 rolled-back')
      await site.restart()
      return [said]
    },
    said: [['journal-unwritable', /1\.0\.0 answers again, but that cannot be written down/]],
    chain: [...toNext, ...back],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: [],
  },
]

async function until(so: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 60_000
  while (!(await so()) && performance.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** A data folder of its own file system. */
export const onSmallDisk = (size: string) => (dataDir: string) => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dataDir])
  return () => execFileSync('umount', ['-l', dataDir])
}

const roomFor = 400_000
const ballastFloats = 500_000

/** A version of 2 MB. */
export function heavy(base: Base): Promise<Version> {
  const { name } = base.manifest.outputs[0]!
  const ballast = Array.from({ length: ballastFloats }, (_, k) => Math.sin(k))
  const model = spliced(base.model, name, {
    weights: [weights('new ballast', [ballastFloats], ballast), weights('new zero', [], [0])],
    nodes: [
      node('ReduceMax', ['new ballast'], ['new top'], { keepdims: { i: 0 } }),
      node('Mul', ['new top', 'new zero'], ['new nothing']),
      node('Add', [before(name), 'new nothing'], [name]),
    ],
  })
  return versionOf(base, { version: '1.0.6', release: 7 }, { model })
}

/** Leaves so many bytes of the data folder's file system; what is answered gives them back. */
export function fill(dataDir: string): () => void {
  const { bavail, bsize } = statfsSync(dataDir)
  const path = join(dataDir, 'filler')
  writeFileSync(path, Buffer.alloc(bavail * bsize - roomFor))
  return () => rmSync(path)
}

/** Row 28 of the table, as it concerns installing: the disk fills up. */
export const fullDisk: Row[] = [
  {
    row: 28,
    title: 'the disk is full in the middle of an installation: refused, cleaned up, and done again with room',
    needs: ['mount'],
    alone: { mount: onSmallDisk('24m') },
    // The log of the journal would grow into the little room that is left, how far is a matter of time.
    quiet: true,
    act: async ({ site, id, base }) => {
      const large = await heavy(base)
      const empty = fill(site.dataDir)
      const refused = await site.install(large)
      expect(site.leftovers()).toEqual([])
      expect(await site.ask(id)).toMatchObject({ code: 'done', body: { by: 'model' } })
      empty()
      return [refused, await site.install(large)]
    },
    said: [['disk-unwritable', /the disk is full/], ['done']],
    chain: ['1.0.6 verifying', '1.0.6 staged'],
    slots: ['1.0.0 running', null, '1.0.6 staged'],
    audit: ['package.refused'],
  },
]

/** Row 40: the way back asks nobody. */
export const offline: Row[] = [
  {
    row: 40,
    title:
      'rollback with no network: no call for one is made, and it survives a restart with its measured time',
    needs: ['strace'],
    alone: true,
    arrange: next,
    act: async (scene) => {
      const { site, id } = scene
      const said = (await site.summary(id)).rollback
      expect(said).toMatchObject({ to: '1.0.0', ready: true })
      const trace = await attach(site.edge.pid, join(site.dir, 'trace'), main('socket,connect,sendto', 1))
      const outcome = await site.rollback(id)
      expect(await trace.end()).not.toMatch(/socket\(|connect\(|sendto\(/)
      const { ms } = outcome.body as Turned
      process.stdout.write(`row 40: back in ${ms.toFixed(1)} ms; "${said?.text}" was said before\n`)
      await site.restart()
      expect((await site.summary(id)).lastRollback).toMatchObject({ from: '1.0.1', to: '1.0.0', ms })
      return [outcome]
    },
    said: [['done']],
    chain: [...toNext, ...back],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: [],
  },
]
