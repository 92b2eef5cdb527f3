import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { version } from '#edge/version.ts'
import { register as registerAudit } from './commands/audit.ts'
import { register as registerCentral } from './commands/central.ts'
import { register as registerEnrol } from './commands/enrol.ts'
import { register as registerExport } from './commands/export.ts'
import { register as registerFleet } from './commands/fleet.ts'
import { register as registerPeople } from './commands/people.ts'
import { register as registerRegistry } from './commands/registry.ts'
import { register as registerRetraining } from './commands/retraining.ts'
import { register as registerRollout } from './commands/rollout.ts'
import { dataForToken, edgeUrl, type Run } from './commands/run.ts'
import { register as registerSigning } from './commands/signing.ts'
import { register as registerSync } from './commands/sync.ts'
import { register as registerUpdates } from './commands/updates.ts'
import type { Io } from './io.ts'

/** Done, refused or failed, wrong usage. */
const exit = { done: 0, refused: 1, usage: 2 } as const

function number(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number is needed')
  return value
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 100)) throw new InvalidArgumentError('a share is more than 0 and less than 100')
  return value
}

function port(text: string): number {
  const value = number(text)
  if (!Number.isInteger(value) || value > 65_535)
    throw new InvalidArgumentError('a port is a whole number up to 65535')
  return value
}

/** The command line. Each command loads only what it needs: `doctor` must not pay for a server. */
function program(io: Io): Command {
  const cli = new Command('edgewright')
    .description(
      'Deploys machine-learning models to machines, keeps them honest there, and takes them back in an instant.',
    )
    .version(version)
    // What stands after a command is that command's: `central` and what is below it have options of the same names.
    .enablePositionalOptions()
    .option('--json', 'print one JSON document on stdout')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .hook('preAction', () => {
      io.json = cli.opts<{ json?: boolean }>().json ?? false
    })
  const run: Run =
    (action) =>
    async (...args) => {
      const result = await action(...args)
      if (io.json && result !== undefined) io.print(JSON.stringify(result))
    }

  cli
    .command('edge')
    .description('run the edge runtime, headless')
    .requiredOption('--data <dir>', 'data folder; one runtime per folder')
    .option('--port <port>', 'port; 0: any free one', port, 8700)
    .option('--host <host>', 'loopback address to listen on', '127.0.0.1')
    .option('--allow-unsigned', 'accept packages that nobody signed; remembered in the data folder')
    .option('--require-signed', 'accept signed packages only, whatever was allowed before')
    .option('--machine <name>', 'what people call this machine; remembered in the data folder')
    .option('--lane-memory <MB>', 'what the processes of all models may hold together', number)
    .option(
      '--sign-out <minutes>',
      'after how long without doing anything a person is signed out',
      number,
      10,
    )
    .option('--central <url>', 'where the server of its fleet is; remembered (join it: edgewright enrol)')
    .action(run(async (options) => (await import('./edge.ts')).edge(io, options)))

  cli
    .command('link')
    .description('print a new sign-in link for a browser')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('./link.ts')).link(io, options)))

  cli
    .command('new')
    .description('draft a package folder from a model and reference data')
    .argument('<model.onnx>')
    .requiredOption('--reference <data.csv>', 'rows like those the model will get; or a folder of images')
    .option('-o, --output <dir>', 'folder to make')
    .option('--features <names>', 'columns that feed the model, in its order, separated by commas')
    .option('--label <column>', 'the column that holds the truth; it feeds nothing')
    .option('--time <column>', 'the column that orders the rows in time')
    .option(
      '--group <column>',
      'the column that names the machine, for models that look at a stretch of time',
    )
    .option('--window <readings>', 'length of that stretch, where the model does not say', number)
    .option('--image-size <width>x<height>', 'size of the images, where the model does not say')
    .option('--constant <input=value...>', 'value of an input that is no feature')
    .option('--id <id>', 'the id of the model')
    .action(run(async (model, options) => (await import('./new.ts')).newPackage(io, model, options)))

  cli
    .command('pack')
    .description('validate, make baseline and golden vectors, smoke-run, write the package')
    .argument('<dir>')
    .option('-o, --output <file.ewp>', 'file to write')
    .action(run(async (dir, options) => (await import('./pack.ts')).pack(io, dir, options)))

  cli
    .command('inspect')
    .description('verify a package and show what it holds')
    .argument('<file.ewp>')
    .action(run(async (file) => (await import('./inspect.ts')).inspect(io, file)))

  cli
    .command('doctor')
    .description('what this machine is, and which execution providers were proved to work on it')
    .option('--data <dir>', 'data folder, to look at how its secrets are kept')
    .action(run(async (options) => (await import('./doctor.ts')).doctor(io, options)))

  cli
    .command('install')
    .description('send a package to an edge, which stages it; the first version of an id starts to run')
    .argument('<file.ewp>')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (file, options) => (await import('./install.ts')).install(io, file, options)))

  cli
    .command('models')
    .description('which models an edge has, in which versions, and the way back')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('./models.ts')).models(io, options)))

  const person = ['--by <name>', 'who does it (default: the user of this machine)'] as const
  cli
    .command('activate')
    .description('bring a staged version in')
    .argument('<model>', 'id of the model')
    .argument('<version>')
    .option('--shadow', 'only to be compared: it answers nobody')
    .option('--canary <percent>', 'for a share of the assets, always the same ones', share)
    .option('--reason <text>', 'why')
    .option(...person)
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(
      run(async (model, version, options) =>
        (await import('./deploy.ts')).activate(io, model, version, options),
      ),
    )
  cli
    .command('rollback')
    .description('go back to the previous version')
    .argument('<model>', 'id of the model')
    .requiredOption('--reason <text>', 'why')
    .option(...person)
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (model, options) => (await import('./deploy.ts')).rollback(io, model, options)))
  for (const [name, description] of [
    ['promote', 'let the version in shadow or canary take the place of the running one'],
    ['abort', 'end a shadow or canary; the version stays staged'],
    ['drill', 'rehearse the way back with a marker reading'],
  ] as const)
    cli
      .command(name)
      .description(description)
      .argument('<model>', 'id of the model')
      .option('--reason <text>', 'why')
      .option(...person)
      .option(...edgeUrl)
      .option(...dataForToken)
      .action(run(async (model, options) => (await import('./deploy.ts'))[name](io, model, options)))

  cli
    .command('replay')
    .description('send the rows of a CSV file to a model')
    .argument('<data.csv>')
    .option(...edgeUrl)
    .requiredOption('--model <id>', 'which model')
    .option(...dataForToken)
    .option('--rate <rows/s>', 'rows per second; as fast as they are answered where absent', number)
    .option('--label <column>', 'the truth, to be counted beside the verdicts')
    .option(
      '--asset <name>',
      'the asset the rows belong to (default: the column "asset", else the name of the file)',
    )
    .option('--asset-column <name>', 'the column that names the asset of each row (default: "asset")')
    .option('--out <decisions.ndjson>', 'write each decision as a line')
    .action(run(async (file, options) => (await import('./replay.ts')).replay(io, file, options)))

  cli
    .command('rehearse')
    .description('what the guardrails of a model would have done with the readings of the last 7 days')
    .argument('<model>')
    .option(...edgeUrl)
    .option(...dataForToken)
    .option('--from <time>', 'begin, RFC 3339')
    .option('--to <time>', 'end, RFC 3339; now where absent')
    .option(
      '--guardrails <model.json>',
      'guardrails that are not installed: a manifest, or a JSON array of them',
    )
    .action(run(async (model, options) => (await import('./rehearse.ts')).rehearse(io, model, options)))

  const service = cli
    .command('service')
    .description('run the edge as a service of this machine: from power-on, with nobody signed in')
  service
    .command('install')
    .description('install and start it (systemd, Windows); needs root or an administrator')
    .option('--data <dir>', 'data folder (default: /var/lib/edgewright, C:\\ProgramData\\Edgewright)')
    .option('--port <port>', 'port', port, 8700)
    .option('--allow-unsigned', 'accept packages that nobody signed')
    .option(
      '--network',
      'let it reach other machines, to fetch signed updates (systemd; default: this one only)',
    )
    .option('--machine <name>', 'what people call this machine')
    .action(run(async (options) => (await import('./service.ts')).installService(io, options)))
  service
    .command('uninstall')
    .description('stop and remove it; its data stays')
    .action(run(async () => (await import('./service.ts')).uninstallService(io)))
  service
    .command('status')
    .description('whether it is installed and running, and where it answers')
    .action(run(async () => (await import('./service.ts')).serviceStatus(io)))

  registerAudit(cli, run, io)
  registerCentral(cli, run, io)
  registerFleet(cli, run, io)
  registerEnrol(cli, run, io)
  registerRollout(cli, run, io)
  registerExport(cli, run, io)
  registerRetraining(cli, run, io)
  registerSync(cli, run, io)
  registerPeople(cli, run, io)
  registerUpdates(cli, run, io)
  registerSigning(cli, run, io)
  registerRegistry(cli, run, io)

  const below = (command: Command): Command[] => command.commands.flatMap((each) => [each, ...below(each)])
  for (const command of below(cli))
    command.option('--json', 'print one JSON document on stdout').hook('preAction', () => {
      io.json ||= command.opts<{ json?: boolean }>().json ?? false
    })
  return cli
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
  if (error instanceof EdgewrightError)
    process.stderr.write(`${error.message.replace(/\.$/, '')}. ${error.hint}\n`)
  else
    process.stderr.write(
      `Something went wrong inside edgewright: ${error instanceof Error ? error.message : String(error)}. Please report it.\n`,
    )
  if (process.env['EDGEWRIGHT_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return exit.refused
}

const io: Io = {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  json: false,
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exit.done)
})

program(io)
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error)
  })
