import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addPackage, revoke } from '#central/registry/changes.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import { openRepository, type Repository } from '#central/registry/repository.ts'
import { rotate } from '#central/registry/rotate.ts'
import { settle } from '#central/registry/settle.ts'
import { verifyRepository } from '#central/registry/verify.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** Every call that changes the disk counts; from the call that is named on, the process is dead: nothing happens any more. */
const dead = vi.hoisted(() => ({ after: Number.POSITIVE_INFINITY, calls: 0 }))
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>()
  const counted =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      dead.calls += 1
      if (dead.calls > dead.after) throw new Error('killed')
      return call(...args)
    }
  const opened = counted(real.open)
  // A kill keeps what the kernel has, so that nothing needs to reach the disk here; only the order of calls counts.
  const flushed = async () => undefined
  const open = async (...args: Parameters<typeof real.open>) => {
    const reads = args[1] === undefined || args[1] === 'r'
    const file = await (reads ? real.open : opened)(...args)
    const writeFile = counted(file.writeFile.bind(file))
    return Object.assign(file, { writeFile, sync: reads ? flushed : counted(flushed) })
  }
  return { ...real, open, rename: counted(real.rename), rm: counted(real.rm), mkdir: counted(real.mkdir) }
})

describe('a desk that is killed', () => {
  let site: SignedSite
  const work = mkdtempSync(join(tmpdir(), 'edgewright-kill-'))
  const digest = '0'.repeat(64)
  const file = 'package.json'
  beforeAll(async () => {
    site = await signedSite()
    await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('one') })
  })
  afterAll(() => {
    site.remove()
    rmSync(work, { recursive: true })
  })

  const coming = {
    snapshot: createKey('new snapshot'),
    timestamp: createKey('new timestamp'),
    root: createKey('new root'),
  }
  const versions = async (dir: string) => {
    const { problems, roles } = await verifyRepository(dir, { nowMs: site.nowMs })
    expect(problems).toEqual([])
    return roles.map(({ role, version }) => `${role} ${version}`)
  }
  const changes: [string, (repository: Repository) => Promise<unknown> | unknown, SigningKey[]][] = [
    [
      'while a package and a revocation go live',
      async (repository) => {
        await addPackage(
          repository,
          { file, family: 'demo', model: 'm', version: '2.0.0', release: 2 },
          site.nowMs,
        )
        await revoke(repository, { digest, action: 'stop', reason: 'x' }, site.nowMs)
      },
      [],
    ],
    [
      'while the keys of root, snapshot and timestamp change',
      (repository) => {
        for (const role of ['root', 'snapshot', 'timestamp'] as const)
          rotate(repository, role, { out: site.keys[role]![0]!.id, in: coming[role].public }, site.nowMs)
      },
      Object.values(coming),
    ],
  ]

  it.each(changes)('%s, at whatever call, leaves a repository that verifies', async (_, edit, more) => {
    const keys = [...Object.values(site.keys).flat(), ...more]
    const run = async (dir: string) => {
      const repository = await openRepository(dir)
      await edit(repository)
      await settle(repository, { keys, nowMs: site.nowMs })
    }
    const copy = (name: string) => {
      const dir = join(work, `${name}-${more.length}`)
      rmSync(dir, { recursive: true, force: true })
      cpSync(site.dir, dir, { recursive: true })
      return dir
    }
    const whole = copy('whole')
    const before = await versions(whole)
    dead.calls = 0
    await run(whole)
    const total = dead.calls
    const after = await versions(whole)
    expect(after).not.toEqual(before)
    expect(total).toBeGreaterThan(20)

    let finished = 0
    for (let call = 0; call < total; call += 1) {
      const dir = copy('killed')
      dead.calls = 0
      dead.after = call
      await expect(run(dir)).rejects.toThrow('killed')
      dead.after = Number.POSITIVE_INFINITY
      // As whoever reads it now finds it; then as the next command leaves it.
      await versions(dir)
      const repository = await openRepository(dir)
      const found = await versions(dir)
      expect([before, after]).toContainEqual(found)
      if (found.join() === after.join()) finished += 1
      else {
        expect([...repository.pending.keys()]).toEqual([])
        if (call % 8 > 0) continue
        await run(dir)
        expect(await versions(dir)).toEqual(after)
      }
    }
    expect(finished).toBeGreaterThan(0)
  })
})
