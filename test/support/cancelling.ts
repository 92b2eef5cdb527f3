import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Command, type Ended, start, temporaryOf } from './command.ts'
import { until } from './processes.ts'

/** A moment that can be seen from outside. */
export interface Moment {
  name: string
  come: (command: Command, folder: string) => boolean
}

const running = (command: Command, script: string) =>
  command.processes().filter((one) => one.command.includes(script))
/** It is running the model, and not loading it any more. */
const busyMs = 300

export const inspecting: Moment = {
  name: 'while the file is looked at',
  come: (command) => running(command, 'inspect-process').length > 0,
}
export const loading: Moment = {
  name: 'while the model is loaded',
  come: (command) => running(command, 'lane-process').length > 0,
}
export const firstRuns: Moment = {
  name: 'during the first runs',
  come: (command) => running(command, 'lane-process').some(({ cpuMs }) => cpuMs > busyMs),
}
/** Golden vectors are made in the first lane and tried in a second. */
export function secondLane(): Moment {
  const seen = new Set<number>()
  return {
    name: 'while the golden vectors are tried in a second lane',
    come: (command) => {
      for (const { pid } of running(command, 'lane-process')) seen.add(pid)
      return seen.size > 1
    },
  }
}
export const writing: Moment = {
  name: 'while the package is written',
  come: (_, folder) => readdirSync(folder).some((name) => name.endsWith('.part')),
}
export const copying = (file: string): Moment => ({
  name: 'while the draft is written',
  come: (_, folder) => existsSync(join(folder, file)),
})

/** How Ctrl-C comes: to the whole group from a terminal, to the process alone from elsewhere; once, or by an impatient hand. */
export const ways = [
  { to: 'group', times: 1 },
  { to: 'itself', times: 1 },
  { to: 'group', times: 4 },
] as const
export type Way = (typeof ways)[number]

/**
 * Starts a command, waits for the moment, and interrupts it. What it left behind is the caller's to see. Where it is done
 * before the moment was seen, or before the signal reached it, it ends with status 0, and nothing was tried.
 */
export async function interruptedAt(
  { name, come }: Moment,
  { to, times }: Way,
  folder: string,
  ...args: string[]
): Promise<Ended & { afterMs: number }> {
  const command = start(folder, ...args)
  await until(name, () => command.over() || come(command, folder) || undefined)
  const at = performance.now()
  for (let k = 0; k < times && !command.over(); k++) {
    if (k > 0) await sleep(4)
    if (command.processes().length > 0) command.signal('SIGINT', to)
  }
  const ended = await command.ended
  const afterMs = performance.now() - at
  // A lane is killed, not asked: the kernel may take a moment.
  await until('its processes are gone', () => command.processes().length === 0 || undefined)
  return { ...ended, afterMs }
}

/**
 * Cancelled, in one line, and nothing is there that was not there before, down to the last byte and the time of change.
 * A further Ctrl-C may meet a process that has nothing left to do but to end, and whose handlers Node has taken away.
 */
export function expectNothingLeft(ended: Ended, { times }: Way, folder: string, before: string[]): void {
  expect(ended).toMatchObject({
    ...(ended.signal === 'SIGINT' && times > 1 ? {} : { status: 1, signal: null }),
    stdout: '',
    stderr: expect.stringMatching(/^it was cancelled\. .*\n$/),
  })
  expect(readdirSync(temporaryOf(folder))).toEqual([])
  expect(everythingIn(folder)).toEqual(before)
}

/** Every file and folder below, with its digest and its time of change. */
export function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.tmp'))
    .sort()
    .map((name) => {
      const at = statSync(join(folder, name))
      if (at.isDirectory()) return `${name}/`
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
      return `${name} ${digest} ${at.mtimeMs}`
    })
}
