import { execFile, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LocalPerson } from '#core/contracts/people.ts'
import { Browser } from '#support/browser.ts'
import { edgewright, entry } from '#support/command.ts'
import { workFolder } from '#support/drafts.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'

const work = workFolder()
const data = work.path('data')
let edge: EdgeProcess

beforeAll(async () => {
  edge = await spawnEdge(data)
})
afterAll(async () => {
  await edge.kill()
  work.remove()
})

const said = async (...args: string[]) => {
  const { status, stdout, stderr } = await edgewright(work.dir, 'people', ...args, '--data', data)
  return { status, text: stdout + stderr }
}
/** As somebody types it in a shell, the PIN on descriptor 3. */
async function withPin(pin: string, ...args: string[]) {
  const file = work.path('pin')
  writeFileSync(file, `${pin}\n`)
  const command = `exec "$0" "$@" --pin-fd 3 3< '${file}'`
  const words = ['-c', command, process.execPath, entry, 'people', ...args, '--data', data]
  const run = promisify(execFile)('bash', words, {
    cwd: work.dir,
    env: { ...process.env, INIT_CWD: work.dir },
  })
  return run.then(
    ({ stdout }) => ({ status: 0, text: stdout }),
    (error: { code: number; stderr: string }) => ({ status: error.code, text: error.stderr }),
  )
}

it('adds, lists, changes and removes people from a shell; a PIN comes by descriptor, never as an argument', async () => {
  expect((await said('list')).text).toMatch(/^Nobody can sign in/)
  expect(await withPin('246810', 'add', 'M. Keller', '--role', 'technician')).toEqual({
    status: 0,
    text: 'M. Keller can sign in as technician.\n',
  })
  expect(await withPin('13579', 'add', 'B', '--role', 'admin')).toMatchObject({
    status: 1,
    text: expect.stringContaining('a PIN is six to twelve digits'),
  })
  expect(await said('add', 'B', '--role', 'admin')).toMatchObject({
    status: 1,
    text: expect.stringContaining('--pin-fd 3 3< FILE'),
  })
  expect((await said('add', 'B', '--role', 'admin', '--pin', '246810')).status).toBe(2)
  expect(await said('list')).toEqual({ status: 0, text: 'M. Keller                technician\n' })
  expect((await withPin('864200', 'pin', 'm. keller')).text).toMatch(/^M\. Keller has a new PIN/)
})

it('five wrong PINs lock a person; a kill -9 between two tries gains none', async () => {
  const [keller] = (await edge.client.json<{ people: LocalPerson[] }>('GET', '/api/people')).people
  const port = Number(new URL(edge.url).port)
  const codes: (string | undefined)[] = []
  for (let k = 0; k < 5; k++) {
    const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code', {})
    const browser = await Browser.at(edge.url, code)
    codes.push((await browser.signIn(keller!.id, '000000')).error?.code)
    if (k === 2) {
      await edge.kill()
      edge = await spawnEdge(data, port)
    }
  }
  expect(codes).toEqual(['pin-wrong', 'pin-wrong', 'pin-wrong', 'pin-wrong', 'locked-out'])
  const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code', {})
  const browser = await Browser.at(edge.url, code)
  expect((await browser.signIn(keller!.id, '864200')).error?.code).toBe('locked-out')
  expect((await said('list')).text).toMatch(/^M\. Keller +technician +locked until 20/)
  expect((await withPin('975310', 'pin', 'M. Keller')).status).toBe(0)
  expect((await browser.signIn(keller!.id, '975310')).body).toMatchObject({ role: 'technician' })
  expect((await said('remove', 'M. Keller')).text).toBe('M. Keller cannot sign in any more.\n')
  expect((await browser.send<{ person: unknown }>('GET', '/api/session')).body.person).toBeNull()
})

const script = '/usr/bin/script'
it.skipIf(!existsSync(script))('asks at a terminal, twice, without echo', async () => {
  const command = `'${process.execPath}' '${entry}' people add 'C. Typist' --role operator --data '${data}'`
  const terminal = spawn(script, ['-qec', command, '/dev/null'], { cwd: work.dir })
  let seen = ''
  for await (const text of terminal.stdout.setEncoding('utf8')) {
    seen += text
    if (String(text).endsWith(': ')) terminal.stdin.write('112233\r')
    if (seen.includes('can sign in')) terminal.stdin.end()
  }
  expect(seen).toContain('New PIN of C. Typist (six to twelve digits): ')
  expect(seen).toContain('New PIN of C. Typist (six to twelve digits), again: ')
  expect(seen).toContain('C. Typist can sign in as operator.')
  expect(seen).not.toContain('112233')
})
