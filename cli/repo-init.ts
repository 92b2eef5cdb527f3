import { mkdir, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { z } from 'zod'
import { initRepository, type Plan, type PlanRole, usualThreshold } from '#central/registry/init.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import { locked } from '#central/registry/lock.ts'
import { type Settled, settle } from '#central/registry/settle.ts'
import { changesIn } from '#central/registry/summary.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { openKeys, type WithPassphrase } from './keys.ts'
import { printSettled } from './repo-desk.ts'

const fileRole = z.strictObject({ keys: z.array(z.string()).min(1), threshold: z.int().min(1).optional() })
type FileRole = z.infer<typeof fileRole>

/** A plan as people write it: keys are files, by path from the plan's own folder. */
const filePlanSchema = z.strictObject({
  root: fileRole,
  targets: fileRole,
  snapshot: fileRole,
  timestamp: fileRole,
  families: z.record(z.string(), fileRole).default({}),
  sites: z.record(z.string(), fileRole).default({}),
  app: fileRole.optional(),
  days: z.record(z.enum(['root', 'targets', 'snapshot', 'timestamp']), z.int()).optional(),
  note: z.string().optional(),
})
type FilePlan = z.infer<typeof filePlanSchema>

export interface InitOptions extends WithPassphrase {
  plan?: string
  key?: string[]
}
/** Asks a person, and gives what they typed. */
export type Ask = (question: string) => Promise<string>

/** A new repository: by a plan, or by questions at the terminal. */
export async function initRepo(io: Io, to: string, options: InitOptions): Promise<Settled & { dir: string }> {
  const dir = userPath(io, to)
  const plan = await planOf(io, options)
  const keys = await openKeys(io, options.key ?? [], options)
  await mkdir(dir, { recursive: true })
  const settled = await locked(dir, async () => {
    const nowMs = Date.now()
    return settle(await initRepository(dir, plan, nowMs), { keys, nowMs })
  })
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

async function readPlan(path: string): Promise<FilePlan> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `the plan ${path} cannot be read: ${error.message}`)
  })
  try {
    return filePlanSchema.parse(JSON.parse(text))
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : (error as Error).message
    throw new EdgewrightError('request-invalid', `${path} is no plan: ${why}`, {
      hint: 'docs/signing.md shows one.',
      cause: error,
    })
  }
}

async function withKeys(plan: FilePlan, from: string): Promise<Plan> {
  const role = async ({ keys, threshold }: FileRole): Promise<PlanRole> => ({
    keys: await Promise.all(keys.map((file) => readPublicKey(resolve(from, file)))),
    ...(threshold !== undefined && { threshold }),
  })
  const roles = async (all: Record<string, FileRole>) =>
    Object.fromEntries(
      await Promise.all(Object.entries(all).map(async ([name, one]) => [name, await role(one)] as const)),
    )
  return {
    root: await role(plan.root),
    targets: await role(plan.targets),
    snapshot: await role(plan.snapshot),
    timestamp: await role(plan.timestamp),
    families: await roles(plan.families),
    sites: await roles(plan.sites),
    ...(plan.app && { app: await role(plan.app) }),
    ...(plan.days && { days: plan.days }),
    ...(plan.note !== undefined && { note: plan.note }),
  }
}

const names = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Asks for the plan of a repository, role by role, and shows it before anything is made. */
export async function guided(ask: Ask, tell: (text: string) => void, from: string): Promise<Plan> {
  tell(
    'A repository names who signs what. Every key is a .pub file that `edgewright keys create` made; separate several by commas.',
  )
  const families = names(await ask('Families of models, such as pumps, triage: '))
  const sites = names(await ask('Sites, such as plant-1, ward-3: '))
  const app = /^y/i.test(await ask('Sign installers of the desktop app too? (yes/no) [no]: '))
  const asked = async (role: string, what: string, keys: number, like?: FileRole): Promise<FileRole> => {
    tell(`${role}: ${what}`)
    const typed = names(await ask(`  Keys (${keys} or more)${like ? ' [the same as targets]' : ''}: `))
    const files = typed.length === 0 && like ? like.keys : typed
    const usual = usualThreshold(role)
    const count = (await ask(`  How many of them must sign [${usual}]: `)).trim()
    return { keys: files, threshold: count === '' ? usual : Number(count) }
  }
  const root = await asked('root', 'says who signs everything else; kept offline, used once a year', 5)
  const targets = await asked('targets', 'names families, sites, and what is revoked; kept offline', 3)
  const snapshot = await asked('snapshot', 'on the machine that publishes', 1)
  const timestamp = await asked(
    'timestamp',
    'on the machine that signs every day; another key than snapshot',
    1,
  )
  const under = async (prefix: string, all: string[], what: string, keys: number, like?: FileRole) => {
    const found: Record<string, FileRole> = {}
    for (const name of all) found[name] = await asked(`${prefix}${name}`, what, keys, like)
    return found
  }
  const filePlan: Record<string, unknown> = {
    root,
    targets,
    snapshot,
    timestamp,
    families: await under('models-', families, 'vouches for the packages of a family', 3, targets),
    sites: await under('site-', sites, 'says what the machines of a site run', 2),
    ...(app && { app: await asked('app', 'vouches for installers of the desktop app', 3, targets) }),
  }
  const plan = filePlanSchema.parse(filePlan)
  const low = ([role, { threshold }]: [string, FileRole]) => (threshold ?? 99) < usualThreshold(role)
  const all: [string, FileRole][] = [
    ...Object.entries({ root, targets }),
    ...Object.entries(plan.families).map(([name, role]): [string, FileRole] => [`models-${name}`, role]),
    ...(plan.app ? [['app', plan.app] as [string, FileRole]] : []),
  ]
  if (all.some(low))
    plan.note = (await ask('Fewer signatures than usual. Why? It stands in the signed root: ')).trim()
  const made = await withKeys(plan, from)
  for (const line of await shown(made)) tell(`  ${line}`)
  if (!/^y/i.test(await ask('Is that right? (yes/no): ')))
    throw new EdgewrightError('cancelled', 'nothing was made')
  return made
}

async function shown(plan: Plan): Promise<string[]> {
  const { pending } = await initRepository('', plan, Date.now())
  return [...pending.values()].slice(0, 2).flatMap(({ signed }) => changesIn(signed, null))
}
