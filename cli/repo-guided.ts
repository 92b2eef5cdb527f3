import { resolve } from 'node:path'
import { initRepository, type Plan, usualThreshold } from '#central/registry/init.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import { changesIn } from '#central/registry/summary.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameSchema } from '#core/contracts/update.ts'
import { type FileRole, filePlanSchema, withKeys } from './repo-plan.ts'

/** Asks a person, and gives what they typed. */
export type Ask = (question: string) => Promise<string>

const names = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** @throws EdgewrightError request-invalid */
function plainNames(text: string): string[] {
  const all = names(text)
  const wrong = all.find((name) => !nameSchema.safeParse(name).success)
  if (wrong === undefined) return all
  throw new EdgewrightError(
    'request-invalid',
    `"${wrong}" is no name: lower-case letters, digits and hyphens, at most 63 characters`,
  )
}

/** Asks for the plan of a repository, role by role, and shows it before anything is made. */
export async function guided(ask: Ask, tell: (text: string) => void, from: string): Promise<Plan> {
  tell(
    'A repository names who signs what. Every key is a .pub file that `edgewright keys create` made; separate several by commas.',
  )
  /** The same question until its answer can be used: nobody types twenty answers twice for one slip. */
  const until = async <T>(question: string, read: (typed: string) => Promise<T> | T): Promise<T> => {
    for (;;)
      try {
        return await read(await ask(question))
      } catch (error) {
        if (!(error instanceof EdgewrightError)) throw error
        tell(`  ${error.message}`)
      }
  }
  const families = await until('Families of models, such as pumps, triage: ', plainNames)
  const sites = await until('Sites, such as plant-1, ward-3: ', plainNames)
  const app = /^y/i.test(await ask('Sign installers of the desktop app too? (yes/no) [no]: '))
  const asked = async (role: string, what: string, keys: number, like?: FileRole): Promise<FileRole> => {
    tell(`${role}: ${what}`)
    const files = await until(
      `  Keys (${keys} or more)${like ? ' [the same as targets]' : ''}: `,
      async (text) => {
        const typed = names(text)
        const chosen = typed.length === 0 && like ? like.keys : typed
        if (chosen.length === 0) throw new EdgewrightError('request-invalid', 'at least one key signs it')
        for (const file of chosen) await readPublicKey(resolve(from, file))
        return chosen
      },
    )
    const usual = usualThreshold(role)
    const threshold = await until(`  How many of them must sign [${usual}]: `, (text) => {
      const count = text.trim() === '' ? usual : Number(text)
      if (Number.isInteger(count) && count >= 1 && count <= files.length) return count
      throw new EdgewrightError('request-invalid', `a whole number from 1 to ${files.length} is needed`)
    })
    return { keys: files, threshold }
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
