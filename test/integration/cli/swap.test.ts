import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { start } from '#support/command.ts'
import { workFolder } from '#support/drafts.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { smallBase, versionOf } from '#support/versions.ts'

let edge: TestEdge
const work = workFolder()

beforeAll(async () => {
  edge = await startTestEdge()
  const base = await smallBase('m')
  for (const version of ['1.1.0', '1.2.0'])
    writeFileSync(join(work.dir, `m-${version}.ewp`), (await versionOf(base, { version })).bytes)
})
afterAll(async () => {
  await edge.remove()
  work.remove()
})

const said = async (...args: string[]) => {
  const { status, stdout, stderr } = await start(work.dir, ...args, '--data', edge.dataDir).ended
  return { status, text: stdout + stderr }
}

it('installs, activates, rehearses, goes back and shows what is where, from a shell', async () => {
  expect(await said('install', 'm-1.1.0.ewp')).toEqual({ status: 0, text: 'm 1.1.0 is running (cpu).\n' })
  expect(await said('install', 'm-1.2.0.ewp')).toMatchObject({
    status: 0,
    text: expect.stringContaining(
      'm 1.2.0 is staged; 1.1.0 answers. Bring it in: edgewright activate m 1.2.0',
    ),
  })
  expect((await said('activate', 'm', '1.2.0')).text).toMatch(
    /^m 1\.2\.0 answers in place of 1\.1\.0, [\d.]+ ms/,
  )
  expect((await said('drill', 'm')).text).toMatch(
    /^m: the way back to 1\.1\.0 took [\d.]+ ms; 1\.2\.0 answers again/,
  )
  const back = await said('rollback', 'm', '--reason', 'too many alerts', '--by', 'T. Okafor')
  expect(back.text).toMatch(/^m is back at 1\.1\.0 after [\d.]+ ms; 1\.2\.0 is held/)
  const { text } = await said('models')
  expect(text).toMatch(/^m \(.*\): 1\.1\.0 answers\n {2}running {3}1\.1\.0 .*too many alerts/)
  expect(text).toMatch(/\n {2}staged {4}1\.2\.0 {6}rolled-back since .*too many alerts/)
})

it('refuses in one line', async () => {
  for (const [args, words] of [
    [['rollback', 'm', '--reason', 'again'], 'model "m" has no previous version on this machine'],
    [['activate', 'm', '9.9.9'], 'there is no version 9.9.9 of "m" on this machine'],
    [['activate', 'm', '1.2.0', '--shadow', '--canary', '5'], 'a version is a shadow or a canary, not both'],
    [['promote', 'm'], 'model "m" has nothing in shadow or canary'],
    [['drill', 'm'], 'model "m" has no previous version on this machine'],
  ] as const) {
    const { status, text } = await said(...args)
    expect([status, text.split('\n').length, text]).toEqual([1, 2, expect.stringContaining(words)])
  }
})
