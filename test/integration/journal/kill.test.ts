import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Journal } from '#edge/journal/journal.ts'
import { startChild } from './children.ts'
import { openIn, temporaryFolder } from './fixture.ts'

interface Acknowledged {
  id: string
  key: string
  epoch: string
  first: number
}

describe('a runtime that is killed', () => {
  it('has lost nothing that it acknowledged, time after time, and its chain holds', async () => {
    const dir = temporaryFolder()
    const acknowledged: Acknowledged[] = []
    let epoch: string | undefined
    for (let round = 0; round < 8; round++) {
      const child = startChild('write-forever', [dir])
      const enough = 1 + Math.floor(Math.random() * 300)
      const heard: Acknowledged[] = []
      while (heard.length < enough) heard.push(JSON.parse((await child.line())!))
      await child.kill()
      for (let line = await child.line(); line?.endsWith('}'); line = await child.line())
        heard.push(JSON.parse(line))
      acknowledged.push(...heard)

      const journal = openIn(dir)
      epoch ??= journal.epoch
      expect(journal.epoch).toBe(epoch)
      expect(await journal.verify()).toMatchObject({ ok: true })
      expect(missing(journal, acknowledged)).toEqual([])
      // What belonged to one unit is there together: each side's state names a reading that is there as well.
      for (const key of new Set(heard.map((a) => a.key)))
        expect(journal.reading(journal.state<string>(key)!, 'machine-failure')).toBeDefined()
      await journal.close()
    }
    expect(acknowledged.length).toBeGreaterThan(8)
  })
})

function missing(journal: Journal, acknowledged: Acknowledged[]): Acknowledged[] {
  const raised = new Set<unknown>()
  for (let cursor: string | undefined; ; ) {
    const page = journal.eventRows({
      stream: 'events',
      kind: 'raised',
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { body } of page.rows) raised.add((body as { id: string }).id)
    if (page.next === null) break
    cursor = page.next
  }
  return acknowledged.filter(({ id, epoch }) => {
    const reading = journal.reading(id, 'machine-failure')
    return reading?.readingId !== id || epoch !== journal.epoch || !raised.has(id)
  })
}

/** Limits on a running process can be lifted only with this tool of util-linux. */
const canLiftLimits = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0

describe('a disk that is full', () => {
  it.runIf(canLiftLimits)(
    'refuses whole groups in words, keeps what was acknowledged, and serves again with room',
    async () => {
      const dir = temporaryFolder()
      // No file of the child grows beyond 2 MiB (blocks of 512 bytes, POSIX).
      const child = startChild('fill-disk', [dir], "trap '' XFSZ; ulimit -S -f 4096;")
      const refusal = JSON.parse((await child.line())!)
      expect(refusal).toMatchObject({ code: 'journal-unwritable', message: expect.stringMatching(/disk/) })
      expect(refusal.refused).toBeGreaterThan(0)
      expect(spawnSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited']).status).toBe(0)
      child.process.stdin.write('room\n')
      const then = JSON.parse((await child.line())!)
      expect(then).toMatchObject({ after: 'fulfilled', report: { ok: true }, refusedFound: 0 })
      expect(then.keptFound).toBe(then.kept)
      expect(then.report.rows).toBe(then.kept)
    },
  )
})
