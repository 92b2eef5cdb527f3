import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { initRepository, type Plan } from '#central/registry/init.ts'
import { locked } from '#central/registry/lock.ts'
import { type Settled, settle } from '#central/registry/settle.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { openKeys, type WithPassphrase } from './keys.ts'
import { printSettled } from './repo-desk.ts'
import { guided } from './repo-guided.ts'
import { readPlan, withKeys } from './repo-plan.ts'

export interface InitOptions extends WithPassphrase {
  plan?: string
  key?: string[]
}
/** A new repository: by a plan, or by questions at the terminal. */
export async function initRepo(io: Io, to: string, options: InitOptions): Promise<Settled & { dir: string }> {
  const dir = userPath(io, to)
  const plan = await planOf(io, options)
  const keys = await openKeys(io, options.key ?? [], options)
  const nowMs = Date.now()
  // Whatever is wrong with the plan is said before a folder is made.
  await initRepository(dir, plan, nowMs)
  await mkdir(dir, { recursive: true })
  const settled = await locked(dir, async () =>
    settle(await initRepository(dir, plan, nowMs), { keys, nowMs }),
  )
  if (!io.json) {
    io.print(`The repository in ${dir} is begun.`)
    printSettled(io, settled, to)
  }
  return { dir, ...settled }
}

async function planOf(io: Io, { plan }: InitOptions): Promise<Plan> {
  if (plan !== undefined) {
    const path = userPath(io, plan)
    return withKeys(await readPlan(path), dirname(path))
  }
  if (!process.stdin.isTTY)
    throw new EdgewrightError('request-invalid', 'there is no terminal at which this could be asked', {
      hint: 'Write a plan: edgewright repo init DIR --plan PLAN.json (docs/signing.md).',
    })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await guided(
      (question) => terminal.question(question),
      (text) => io.note(text),
      userPath(io, '.'),
    )
  } finally {
    terminal.close()
  }
}
