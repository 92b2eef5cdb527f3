import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Row, type Scene, toNext } from './row.ts'
import { next } from './rows-ways.ts'

const back = ['1.0.0 running', '1.0.1 rolled-back']

type Harms = Record<string, (path: string) => void>

/** Harms files of the data folder while the runtime is gone, as it goes without warning. */
async function whileGone({ site }: Scene, harms: Harms): Promise<void> {
  await site.kill()
  for (const [name, harm] of Object.entries(harms)) harm(join(site.dataDir, name))
  await site.start()
}

const half = (path: string) => truncateSync(path, statSync(path).size >> 1)
const empty = (path: string) => truncateSync(path, 0)

/** Files without which the runtime can serve as before. */
const spared = (what: string, harms: Harms, more: Partial<Row> = {}): Row => ({
  row: 36,
  title: `${what}: serves as before`,
  alone: true,
  arrange: next,
  act: async (scene) => {
    await whileGone(scene, harms)
    return []
  },
  said: [],
  chain: toNext,
  slots: ['1.0.1 running', '1.0.0 previous', null],
  audit: [],
  ...more,
})

/** Row 36: the files that hold the runtime's own state. */
export const state: Row[] = [
  {
    row: 36,
    title: 'the journal loses its log since the last checkpoint: what stood then serves',
    alone: true,
    quiet: true,
    arrange: async (scene) => {
      await next(scene)
      await scene.site.restart() // a checkpoint
    },
    act: async (scene) => {
      const outcome = await scene.site.rollback(scene.id)
      await whileGone(scene, { 'journal.db-wal': empty })
      return [outcome]
    },
    said: [['done']],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['journal-restored'],
    check: async ({ site, id }) => {
      expect(await site.client().json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
      expect(await site.rollback(id)).toMatchObject({ code: 'done' })
    },
  },
  {
    row: 36,
    title: "the journal's log torn inside its last frame: the commit before it stands",
    long: true,
    alone: true,
    quiet: true,
    arrange: next,
    act: async (scene) => {
      const { site, id } = scene
      const outcome = await site.rollback(id)
      // A fault of the disk behind the rollback's own commit: its last frame is not whole.
      await whileGone(scene, { 'journal.db-wal': (path) => truncateSync(path, lastFrame(path) + 100) })
      return [outcome]
    },
    said: [['done']],
    chain: [...toNext, ...back],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: [],
  },
  spared('journal.epoch cut', { 'journal.epoch': half }, { audit: ['journal-restored'], long: true }),
  spared('runtime.json emptied', { 'runtime.json': empty }, { long: true }),
  spared(
    'settings.json cut and token emptied',
    { 'settings.json': half, token: empty },
    {
      audit: ['settings.damaged'],
      check: async ({ site }) => {
        expect(readFileSync(join(site.dataDir, 'settings.damaged.json'), 'utf8')).toMatch(/^\{/)
        // Nothing can be signed with a secret that everybody knows.
        expect(readFileSync(join(site.dataDir, 'token'), 'utf8').trim()).toMatch(/^[\w-]{43}$/)
      },
    },
  ),
]

const frameBytes = 24 + 4096
/** Where the last frame of a write-ahead log begins (sqlite.org/fileformat2.html#walformat). */
const lastFrame = (path: string) =>
  32 + frameBytes * (Math.floor((statSync(path).size - 32) / frameBytes) - 1)
