import { type Scene, toNext } from './row.ts'
import type { Outcome, Slots } from './site.ts'

export type Operation = 'install' | 'activate' | 'rollback'

interface Way {
  arrange: (scene: Scene) => Promise<unknown>
  run: (scene: Scene) => Promise<Outcome>
  /** What serves before. */
  before: string
  /** When it is done. */
  slots: Slots
  /** The states that it goes through. */
  chain: string[]
  /** What a second run meets with once it is done. */
  again: string
}

/** From 1.0.0 to 1.0.1 and back. */
export const operations: Record<Operation, Way> = {
  install: {
    arrange: async () => undefined,
    run: ({ site, versions }) => site.install(versions[1]!),
    before: '1.0.0 running',
    slots: ['1.0.0 running', null, '1.0.1 staged'],
    chain: toNext.slice(0, 2),
    again: 'model-exists',
  },
  activate: {
    arrange: ({ site, versions }) => site.install(versions[1]!),
    run: ({ site, id }) => site.activate(id, '1.0.1'),
    before: '1.0.0 running',
    slots: ['1.0.1 running', '1.0.0 previous', null],
    chain: toNext.slice(2),
    again: 'model-exists',
  },
  rollback: {
    arrange: async ({ site, id, versions }) => {
      await site.install(versions[1]!)
      await site.activate(id, '1.0.1')
    },
    run: ({ site, id }) => site.rollback(id),
    before: '1.0.1 running',
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    chain: ['1.0.0 running', '1.0.1 rolled-back'],
    again: 'no-previous',
  },
}
