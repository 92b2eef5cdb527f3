import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import type { AlertsPage, ReadingsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { logistic } from '#support/models.ts'
import { packaged } from '#support/package.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-kill-'))
let edge: EdgeProcess | undefined
afterAll(async () => {
  await edge?.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

const rounds = 6
/** Answers that a round must have heard, whatever time they take, and a little more, so that the kill comes at another moment each time. */
const leastAnswers = 100
const bytes = () => packaged({ id: 'm', model: logistic({ weights: [1, 1], bias: 0 }), features: ['a', 'b'] })

async function everyReading(running: EdgeProcess): Promise<Map<string, Decision>> {
  const found = new Map<string, Decision>()
  let cursor = ''
  for (;;) {
    const page = await running.client.json<ReadingsPage>(
      'GET',
      `/api/models/m/readings?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    for (const { readingId, decision } of page.readings) {
      expect(found.has(readingId)).toBe(false)
      found.set(readingId, decision)
    }
    if (page.next === null) return found
    cursor = page.next
  }
}

describe('kill -9 of the runtime in the middle of readings', () => {
  it(`loses nothing that was answered, ${rounds} times`, async () => {
    edge = await spawnEdge(dataDir)
    await edge.client.send('POST', '/api/models', {
      body: new Uint8Array(await bytes()),
      headers: { 'content-type': 'application/octet-stream' },
    })
    const answered = new Map<string, Decision>()
    const handled: Alert[] = []
    let sent = 0
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    const until = async (is: () => boolean) => {
      while (!is()) await pause(5)
    }
    for (let round = 0; round < rounds; round++) {
      const running: EdgeProcess = edge
      let going = true
      const send = async (asset: string) => {
        while (going) {
          const readings = Array.from({ length: 20 }, () => ({
            id: `own-${sent++}`,
            asset,
            time: new Date().toISOString(),
            values: { a: Math.sin(sent) * 3, b: 0 },
          }))
          try {
            for (const d of await running.client.json<Decision[]>('POST', '/api/models/m/readings', readings))
              answered.set(d.readingId, d)
          } catch {
            return // killed: what was not answered may or may not be there
          }
        }
      }
      const handle = async () => {
        try {
          let alerts: Alert[] = []
          while (alerts.length === 0)
            ({ alerts } = await running.client.json<AlertsPage>('GET', '/api/alerts?state=unacknowledged'))
          for (const { id } of alerts) {
            await running.client.json('POST', `/api/alerts/${id}/acknowledge`, {})
            handled.push(
              await running.client.json<Alert>('POST', `/api/alerts/${id}/feedback`, {
                answer: 'false',
                note: `round ${round}`,
              }),
            )
          }
        } catch {
          return // killed
        }
      }
      const work = [send(`x${round}`), send(`y${round}`), send(`z${round}`)]
      const [enough, before] = [answered.size + leastAnswers, handled.length]
      await until(() => answered.size >= enough)
      const handling = handle()
      await until(() => handled.length > before)
      await pause(20 + 11 * round)
      await running.kill()
      going = false
      await Promise.all([...work, handling])

      edge = await spawnEdge(dataDir)
      expect(await edge.client.json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
    }
    const kept = await everyReading(edge)
    for (const [id, decision] of answered) expect(kept.get(id)).toEqual(decision)
    for (const { id, feedback, acknowledgedAt } of handled)
      expect(await edge.client.json('GET', `/api/alerts/${id}`)).toMatchObject({ feedback, acknowledgedAt })
    const [first] = answered
    const again = await edge.client.json('POST', '/api/models/m/readings', {
      id: first![0],
      asset: 'x0',
      time: new Date().toISOString(),
      values: { a: 0, b: 0 },
    })
    expect(again).toEqual(first![1])
  })
})
