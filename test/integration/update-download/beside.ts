import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { installOn } from '#support/package.ts'
import { smallBase } from '#support/versions.ts'
import { sha256 } from './bad-server.ts'

export interface Beside {
  /** Where the runtime keeps its downloads. */
  dir: () => string
  /** Does something while readings are put to a running model: each is answered by it, and its files stay as they are. */
  beside: <T>(work: () => Promise<T>) => Promise<T>
}

/** A runtime with a model that runs, for all tests of a file. */
export function runningBeside(): Beside {
  let edge: TestEdge
  beforeAll(async () => {
    edge = await startTestEdge()
    await installOn(edge, (await smallBase('m')).bytes)
  })
  afterAll(() => edge.remove())

  const ask = async () => {
    const reading = { asset: 'a', time: new Date().toISOString(), values: { a: 0.5, b: 0.25 } }
    return (await edge.client.json<Decision[]>('POST', '/api/models/m/readings', [reading]))[0]!
  }

  async function beside<T>(work: () => Promise<T>): Promise<T> {
    const slot = () => digestsIn(join(edge.dataDir, 'packages'))
    const before = slot()
    let isOver = false
    const working = Promise.allSettled([work()]).then(([outcome]) => {
      isOver = true
      return outcome
    })
    const answers: Decision[] = []
    do {
      answers.push(await ask())
      await sleep(10)
    } while (!isOver)
    const by = new Set(answers.map(({ by, model }) => `${by} ${model.id} ${model.version}`))
    expect(by).toEqual(new Set(['model m 1.0.0']))
    expect(slot()).toEqual(before)
    const outcome = await working
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  return { dir: () => join(edge.dataDir, 'updates'), beside }
}

function digestsIn(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path, sha256(readFileSync(path))]
    }),
  )
}
