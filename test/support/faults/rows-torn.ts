import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { AlertsPage } from '#core/contracts/api.ts'
import { type Row, type Scene, toNext } from './row.ts'
import { next } from './rows-ways.ts'

type Harm = (path: string) => void
const cut: Harm = (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2))
const empty: Harm = (path) => truncateSync(path, 0)
const flip: Harm = (path) => {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  bytes[at] = bytes[at]! ^ 1
  writeFileSync(path, bytes)
}
const remove: Harm = (path) => rmSync(path)

/** What a power cut or a bad disk does while the runtime is gone. */
async function whileGone({ site }: Scene, harm: () => void): Promise<void> {
  await site.kill()
  harm()
  await site.start()
}

const inFolder = ({ site, id }: Scene, version: string, name: string) => join(site.folder(id, version), name)
const damaged = (name: string) => new RegExp(`not what was installed: "${name.replace('.', '\\.')}"`)

/** The running version's copy: the previous one serves, and the torn one is held. */
const running = (name: string, harm: Harm, how: string): Row => ({
  row: 36,
  title: `${name} of the running version ${how}: the previous one serves`,
  alone: true,
  arrange: next,
  act: async (scene) => {
    await whileGone(scene, () => harm(inFolder(scene, '1.0.1', name)))
    return []
  },
  said: [],
  chain: [...toNext, '1.0.0 running', '1.0.1 rolled-back'],
  slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
  audit: ['package.damaged'],
  check: async ({ site, id, versions }) => {
    const { staged } = (await site.summary(id)).slots
    expect(staged).toMatchObject({ damaged: expect.stringMatching(damaged(name)) })
    expect(staged?.deployment).toMatchObject({ by: 'runtime', reason: expect.stringMatching(damaged(name)) })
    // The same package mends it, and it may come back.
    expect(await site.install(versions[1]!)).toMatchObject({ code: 'done' })
    expect(await site.activate(id, '1.0.1')).toMatchObject({ code: 'done' })
    expect(await site.slots(id)).toEqual(['1.0.1 running', '1.0.0 previous', null])
  },
})

/** Row 36: the copies of versions. */
export const torn: Row[] = [
  running('model.onnx', flip, 'with a bit flipped'),
  { ...running('digests.json', cut, 'cut'), long: true },
  { ...running('receipt.json', empty, 'emptied'), long: true },
  {
    row: 36,
    title: 'model.onnx of the previous version cut: the running one serves, and there is no way back',
    // The short table has it as row 41, where the copy rots under a runtime that is stopped in order.
    long: true,
    alone: true,
    arrange: next,
    act: async (scene) => {
      await whileGone(scene, () => cut(inFolder(scene, '1.0.0', 'model.onnx')))
      return [await scene.site.rollback(scene.id)]
    },
    said: [['rollback-refused', damaged('model.onnx')]],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['package.damaged', 'rollback.refused'],
    check: async ({ site, id, versions }) => {
      const { slots, rollback } = await site.summary(id)
      expect(slots.previous).toMatchObject({
        damaged: expect.stringMatching(damaged('model.onnx')),
        lane: null,
      })
      expect(rollback).toMatchObject({ ready: false, expectedMs: null })
      expect(await site.install(versions[0]!)).toMatchObject({ code: 'done' })
      expect(await site.rollback(id)).toMatchObject({ code: 'done' })
    },
  },
  {
    row: 36,
    title: 'golden.json of the staged version cut: the running one serves, and it is not activated',
    long: true,
    alone: true,
    arrange: async ({ site, versions }) => site.install(versions[1]!),
    act: async (scene) => {
      await whileGone(scene, () => cut(inFolder(scene, '1.0.1', 'golden.json')))
      return [await scene.site.activate(scene.id, '1.0.1')]
    },
    said: [['package-refused', damaged('golden.json')]],
    chain: [...toNext.slice(0, 3), '1.0.1 refused'],
    slots: ['1.0.0 running', null, '1.0.1 refused'],
    audit: ['package.damaged', 'activation.refused'],
  },
  {
    row: 36,
    title: 'both copies torn: AI stopped, in words, until a package mends one',
    alone: true,
    quiet: true,
    stopped: true,
    arrange: next,
    act: async (scene) => {
      await whileGone(scene, () => {
        cut(inFolder(scene, '1.0.0', 'model.onnx'))
        remove(inFolder(scene, '1.0.1', 'model.json'))
      })
      return [await scene.site.ask(scene.id), await scene.site.rollback(scene.id)]
    },
    said: [
      ['lane-failed', /"model\.json"/],
      ['rollback-refused', damaged('model.onnx')],
    ],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['package.damaged', 'package.damaged', 'deployment.failed', 'rollback.refused'],
    check: async ({ site, id, versions }) => {
      expect(await site.summary(id)).toMatchObject({
        answeredBy: 'nobody',
        why: expect.stringMatching(damaged('model.json')),
      })
      expect(await site.install(versions[1]!)).toMatchObject({ code: 'done' })
      expect(await site.ask(id)).toMatchObject({ code: 'done', body: { model: { version: '1.0.1' } } })
    },
  },
]

/** Row 41: the previous version's copy rots while the runtime runs. */
export const rotten: Row[] = [
  {
    row: 41,
    title: 'previous corrupt on disk and not loaded: refused with the reason',
    alone: { args: ['--lane-memory', '1'] },
    arrange: async (scene) => {
      await next(scene)
      await scene.site.restart()
      expect((await scene.site.summary(scene.id)).rollback).toMatchObject({
        ready: false,
        text: expect.stringMatching(/it is not loaded: it must be loaded first, about \d/),
      })
      flip(inFolder(scene, '1.0.0', 'model.onnx'))
    },
    act: async ({ site, id }) => [await site.rollback(id)],
    said: [[expect.stringMatching(/^(package|rollback)-refused$/), damaged('model.onnx')]],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['package.damaged', 'rollback.refused'],
    check: async ({ site, id }) =>
      expect((await site.summary(id)).rollback).toMatchObject({
        ready: false,
        expectedMs: null,
        text: expect.stringMatching(damaged('model.onnx')),
      }),
  },
  {
    row: 41,
    title: 'previous corrupt on disk and loaded: flips, and raises an alarm',
    arrange: async (scene) => {
      await next(scene)
      flip(inFolder(scene, '1.0.0', 'model.onnx'))
    },
    act: async ({ site, id }) => {
      const outcome = await site.rollback(id)
      while ((await site.summary(id)).slots.running?.damaged === undefined);
      return [outcome]
    },
    said: [['done']],
    chain: [...toNext, '1.0.0 running', '1.0.1 rolled-back'],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: ['package.damaged'],
    check: async ({ site, id }) => {
      const { alerts } = await site.client().json<AlertsPage>('GET', '/api/alerts?limit=100')
      const mine = alerts.filter(({ model }) => model.id === id && model.version === '1.0.0')
      expect(JSON.stringify(mine)).toMatch(/not what was installed/)
    },
  },
]
