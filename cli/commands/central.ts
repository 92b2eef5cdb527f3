import { type Command, InvalidArgumentError, Option } from 'commander'
import { tokenRoleSchema } from '#core/contracts/accounts.ts'
import { type CentralRole, centralRoleSchema } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Io } from '../io.ts'
import { descriptor, type Run } from './run.ts'

const dataDir = ['--data <dir>', 'data folder of central'] as const
const forToken = [
  '--data <dir>',
  'data folder of central, where its token lies and its address stands (or EDGEWRIGHT_TOKEN)',
] as const
const centralUrl = ['--central <url>', 'address of central (default: the one that runs on --data)'] as const

function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new InvalidArgumentError('a port is a whole number up to 65535')
}

function roles(text: string): CentralRole[] {
  const parsed = centralRoleSchema.array().safeParse(text.split(',').map((each) => each.trim()))
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(`roles are ${centralRoleSchema.options.join(', ')}, separated by commas`)
}

function days(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 366) return value
  throw new InvalidArgumentError('a whole number of days, at most 366')
}

/** A machine's runtime is shipped without the server and its database (build/package-files.mjs). */
async function ofServer<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new EdgewrightError('central-not-here', "the fleet's server is not part of this installation", {
      cause: error,
    })
  }
}

/** `edgewright central …`: the fleet's server, and what is done with its data folder. */
export function register(cli: Command, run: Run, io: Io): void {
  const central = cli
    .command('central')
    .description("run the fleet's server; or look after its people and its data")
    .option(...dataDir)
    .option('--port <port>', 'port; 0: any free one', port, 8800)
    .option('--host <host>', 'address to listen on; any but loopback needs TLS', '127.0.0.1')
    .option('--public-url <url>', 'how machines and people reach it, where that is another address')
    .option('--tls-cert <file>', 'certificate with its chain, PEM; read again when it is renewed')
    .option('--tls-key <file>', 'its key, PEM')
    .addOption(
      new Option(
        '--passphrase-fd <n>',
        'read the passphrase of the keys in DATA/keys from this file descriptor (or EDGEWRIGHT_KEY_PASSPHRASE_FILE names a file)',
      ).argParser(descriptor),
    )
    .option('--behind-proxy', 'something in front of it speaks TLS, and names who asks in X-Forwarded-For')
    .action(run(async (options) => (await ofServer(() => import('../central.ts'))).central(io, options)))

  central
    .command('link')
    .description('print a link that signs in once, within an hour')
    .option('--as <name>', 'as that person; default: as admin')
    .option(...centralUrl)
    .option(...forToken)
    .action(run(async (options) => (await import('../central-accounts.ts')).link(io, options)))

  central
    .command('backup')
    .description('write database and data folder into one file, while central runs or not')
    .argument('<file>', 'to make, such as central-2026-11-21.ewb')
    .option(...dataDir)
    .action(
      run(async (file, options) =>
        (await ofServer(() => import('../central-backup.ts'))).backup(io, file, options),
      ),
    )
  central
    .command('restore')
    .description('make a data folder out of a backup')
    .argument('<file>')
    .option('--data <dir>', 'folder to make; it must not be there, or be empty')
    .option(
      '--repository <dir>',
      'another copy of the signed repository, or a stick: taken if it is newer than in the backup',
    )
    .action(
      run(async (file, options) =>
        (await ofServer(() => import('../central-backup.ts'))).restore(io, file, options),
      ),
    )

  people(central, run, io)
  tokens(central, run, io)
}

const commandsOf = (parent: Command) => (words: string, description: string) =>
  parent
    .command(words)
    .description(description)
    .option(...centralUrl)
    .option(...forToken)

function people(central: Command, run: Run, io: Io): void {
  const account = central
    .command('account')
    .description('people of central: list, add, roles, password, remove')
  const command = commandsOf(account)
  const passwordFd = () =>
    new Option(
      '--password-fd <n>',
      'read the password from this file descriptor; without it an invitation is made',
    ).argParser(descriptor)

  command('list', 'who can sign in, with their roles').action(
    run(async (options) => (await import('../central-accounts.ts')).list(io, options)),
  )
  command('add', 'let somebody sign in; prints a link with which they set their password')
    .argument('<name>', 'as the record is to call them')
    .option('--role <roles>', 'what they may do beside reading', roles, [])
    .addOption(passwordFd())
    .action(run(async (name, options) => (await import('../central-accounts.ts')).add(io, name, options)))
  command('roles', 'set what somebody may do')
    .argument('<name>')
    .requiredOption('--role <roles>', 'separated by commas; viewer: only read', roles)
    .action(
      run(async (name, options) => (await import('../central-accounts.ts')).setRoles(io, name, options)),
    )
  command('password', 'give somebody a new password, or a link to set one; ends a lock, and signs them out')
    .argument('<name>')
    .addOption(passwordFd())
    .action(
      run(async (name, options) => (await import('../central-accounts.ts')).password(io, name, options)),
    )
  command('remove', 'let somebody sign in no more')
    .argument('<name>')
    .action(run(async (name, options) => (await import('../central-accounts.ts')).remove(io, name, options)))
}

function tokens(central: Command, run: Run, io: Io): void {
  const token = central
    .command('token')
    .description('tokens with which scripts ask in the name of an account: list, add, remove')
  const command = commandsOf(token)
  const load = () => import('../central-tokens.ts')
  command('list', 'which there are, and when each was used last').action(
    run(async (options) => (await load()).list(io, options)),
  )
  command('add', 'make one, and print it this once; it never approves anything')
    .argument('<name>', 'what it is for, such as "nightly export"')
    .requiredOption('--for <person>', 'in whose name; it may never do more than they')
    .addOption(
      new Option('--role <role>', 'what it may do').choices(tokenRoleSchema.options).default('viewer'),
    )
    .option('--days <n>', 'how long it holds, at most 366', days, 90)
    .action(run(async (name, options) => (await load()).add(io, name, options)))
  command('remove', 'end one at once')
    .argument('<number>', 'as the list shows it')
    .action(run(async (number, options) => (await load()).remove(io, number, options)))
}
