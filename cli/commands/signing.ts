import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Io } from '../io.ts'
import type { Run } from './run.ts'

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a whole number is needed')
}

const liveKeys = 'keys of snapshot and timestamp: they bring live what is signed; nothing else is signed here'

/** The signing desk: keys, the signed repository, packages in it, sticks. */
export function register(cli: Command, run: Run, io: Io): void {
  const fd = () =>
    new Option(
      '--passphrase-fd <n>',
      'read passphrases from this file descriptor, a line for each key in their order, or one line for all; asked for at the terminal where absent',
    ).argParser(count)
  const withKeys = (command: Command, which: string) =>
    command
      .option('--repo <dir>', 'folder of the repository', '.')
      .option('--key <file...>', which)
      .addOption(fd())
  const atDesk = (command: Command) =>
    withKeys(
      command,
      'keys at hand: they sign what they may; those of snapshot and timestamp bring it live',
    ).option('--yes', 'do not ask before a key signs what others have changed too')
  const signers = (command: Command) =>
    command
      .requiredOption('--signer <key.pub...>', 'public keys that may sign it')
      .option('--threshold <n>', 'how many of them must sign', count)
      .option('--note <text>', 'why fewer must sign than is usual')

  const keys = cli.command('keys').description('keys that sign, each in a file sealed under a passphrase')
  keys
    .command('create')
    .description('make a key; its public part lies beside it in a .pub file')
    .argument('<file>')
    .requiredOption('--owner <name>', 'whose key it is, as people call them')
    .addOption(fd())
    .action(run(async (file, options) => (await import('../keys.ts')).createKeyFile(io, file, options)))
  keys
    .command('show')
    .description('whose key a file holds, and its ID; needs no passphrase')
    .argument('<file>')
    .action(run(async (file) => (await import('../keys.ts')).showKey(io, file)))

  const repo = cli
    .command('repo')
    .description('the signed repository: who signs what, and what waits for signatures')
  repo
    .command('init')
    .description('begin a repository: asks who signs what, or reads it from a plan')
    .argument('<dir>')
    .option('--plan <plan.json>', 'who signs what (docs/signing.md); asked for at the terminal where absent')
    .option('--key <file...>', 'keys at hand: they sign what they may')
    .addOption(fd())
    .action(run(async (dir, options) => (await import('../repo-init.ts')).initRepo(io, dir, options)))
  repo
    .command('status')
    .description('what is live, and what waits for whom')
    .option('--repo <dir>', 'folder of the repository', '.')
    .action(run(async (options) => (await import('../repo.ts')).status(io, options)))
  repo
    .command('export')
    .description('write what waits for signatures into a file, for those who sign on other machines')
    .argument('<file>')
    .argument('[role...]', 'default: all that lacks signatures')
    .option('--repo <dir>', 'folder of the repository', '.')
    .action(
      run(async (file, roles, options) =>
        (await import('../repo-sign.ts')).exportRoles(io, file, roles, options),
      ),
    )
  repo
    .command('sign')
    .description('show what an exported file changes, and sign it')
    .argument('<file>')
    .requiredOption('--key <file>', 'the key that signs')
    .option('--yes', 'do not ask: it was read before')
    .addOption(fd())
    .action(run(async (file, options) => (await import('../repo-sign.ts')).signExported(io, file, options)))
  withKeys(
    repo.command('import').description('take the signatures of a file that came back').argument('<file>'),
    liveKeys,
  ).action(run(async (file, options) => (await import('../repo-sign.ts')).importRoles(io, file, options)))
  atDesk(
    repo
      .command('rotate')
      .description('put a key in the place of another in a role, add one, or take one away')
      .argument('<role>', 'root, targets, snapshot, timestamp, models-FAMILY, site-SITE, app')
      .option('--out <key>', 'the key that goes: its file, its owner, or the beginning of its ID')
      .option('--in <key.pub>', 'the key that comes')
      .option('--threshold <n>', 'how many must sign from now on', count)
      .option('--note <text>', 'why fewer must sign than is usual'),
  ).action(run(async (role, options) => (await import('../repo.ts')).rotateRole(io, role, options)))
  atDesk(repo.command('add-root-key').description('let one more key sign root').argument('<key.pub>')).action(
    run(async (file, options) =>
      (await import('../repo.ts')).rotateRole(io, 'root', { ...options, in: file }),
    ),
  )
  atDesk(
    signers(
      repo
        .command('add-family')
        .description('a family of models, and who vouches for its packages')
        .argument('<family>'),
    ),
  ).action(run(async (family, options) => (await import('../repo.ts')).addTo(io, { family }, options)))
  atDesk(
    signers(repo.command('add-site').description('a site, and who says what it runs').argument('<site>')),
  ).action(run(async (site, options) => (await import('../repo.ts')).addTo(io, { site }, options)))
  atDesk(
    signers(repo.command('add-app').description('who vouches for installers of the desktop app')),
  ).action(run(async (options) => (await import('../repo.ts')).addTo(io, 'app', options)))
  atDesk(
    repo
      .command('renew')
      .description('sign the same for another year, before it expires')
      .argument('<role...>'),
  ).action(run(async (roles, options) => (await import('../repo.ts')).renew(io, roles, options)))
  repo
    .command('discard')
    .description('throw away what is pending of a role')
    .argument('<role>')
    .option('--repo <dir>', 'folder of the repository', '.')
    .action(run(async (role, options) => (await import('../repo.ts')).discard(io, role, options)))
  withKeys(
    repo
      .command('timestamp')
      .description('the daily job: sign the timestamp anew, and say what expires soon'),
    liveKeys,
  ).action(run(async (options) => (await import('../repo.ts')).timestamp(io, options)))
  repo
    .command('verify')
    .description('look at everything: signatures, hashes, expiries, assignments')
    .argument('[dir]', 'folder of the repository', '.')
    .action(run(async (dir) => (await import('../repo.ts')).verify(io, dir)))

  atDesk(
    cli
      .command('publish')
      .description('put a package into a signed repository, or with --app an installer of the desktop app')
      .argument('<file.ewp>')
      .option('--family <name>', 'family of the model (default: the only one)')
      .option('--platform <platform...>', 'machines that it is made for, such as linux-x64 (default: all)')
      .option('--app', 'it is an installer of the desktop app')
      .option('--app-version <version>', 'version of the installer')
      .option('--central <url>', 'put it to this central instead, where it waits for signatures')
      .option(
        '--data <dir>',
        'or to the one that runs on this data folder (token: there, or EDGEWRIGHT_TOKEN)',
      ),
  ).action(
    run(async (file, options) =>
      options.central !== undefined || options.data !== undefined
        ? (await import('../registry-publish.ts')).publishAtCentral(io, file, options)
        : (await import('../publish.ts')).publish(io, file, options),
    ),
  )
  atDesk(
    cli
      .command('assign')
      .description('say what a site, or a group of machines at it, is to run of a model')
      .argument('<site[/group]>')
      .argument('<model>')
      .argument('<version>')
      .option('--by-technician', 'it is activated when a technician says so (default: at once)'),
  ).action(
    run(async (where, model, version, options) =>
      (await import('../assign.ts')).assignModel(io, where, model, version, options),
    ),
  )
  atDesk(
    cli
      .command('unassign')
      .description('take an assignment away; the machines keep what they run')
      .argument('<site[/group]>')
      .argument('<model>'),
  ).action(
    run(async (where, model, options) =>
      (await import('../assign.ts')).unassignModel(io, where, model, options),
    ),
  )
  atDesk(
    cli
      .command('revoke')
      .description('say that a version must not run any more, or that people are to be told')
      .argument('<digest>', 'sha256 of the package, its beginning, or the package file')
      .option('--stop', 'it must not run any more')
      .option('--warn', 'it runs on, and people are told')
      .option('--lift', 'take the revocation back')
      .option('--reason <text>', 'why, for the people at the machines'),
  ).action(run(async (what, options) => (await import('../revoke.ts')).revokeDigest(io, what, options)))
  atDesk(
    cli
      .command('minimum-release')
      .description('say below which release no version of a model may run')
      .argument('<model>')
      .argument('<release>', 'a release counter; 0: any may run', count),
  ).action(
    run(async (model, release, options) =>
      (await import('../revoke.ts')).minimumRelease(io, model, release, options),
    ),
  )

  const usb =
    cli.commands.find((command) => command.name() === 'usb') ??
    cli.command('usb').description('updates by stick')
  usb
    .command('export')
    .description('write the repository onto a stick, and read it back')
    .argument('<dir>', 'where the stick is mounted')
    .option('--repo <dir>', 'folder of the repository', '.')
    .option('--site <id...>', 'only the packages of these sites (default: of all)')
    .option('--app', 'take installers of the desktop app along')
    .action(run(async (dir, options) => (await import('../usb-export.ts')).usbExport(io, dir, options)))
}
