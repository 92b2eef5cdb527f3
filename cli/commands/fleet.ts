import { type Command, InvalidArgumentError, Option } from 'commander'
import { presenceSchema } from '#core/contracts/central.ts'
import { deviceStateSchema } from '#core/contracts/fleet.ts'
import type { Io } from '../io.ts'
import type { Run } from './run.ts'

function hours(text: string): number {
  const value = Number(text)
  if (value >= 1 / 60 && value <= 24) return value
  throw new InvalidArgumentError('hours are more than a minute and at most 24')
}

function whole(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('a whole number above 0 is needed')
}

/** `edgewright fleet …`: the machines of a central. */
export function register(cli: Command, run: Run, io: Io): void {
  const fleet = cli
    .command('fleet')
    .description('the machines of a central: who they are, how they stand, and which may join')
  const command = (words: string, description: string) =>
    fleet
      .command(words)
      .description(description)
      .option('--central <url>', 'address of central (default: the one that runs on --data)')
      .option('--data <dir>', 'data folder of central, where its token lies (or EDGEWRIGHT_TOKEN)')
  const groups = () => new Option('--group <group...>', 'groups of machines that it belongs to')
  const machine = ['<machine>', 'its name, or the first digits of its fingerprint'] as const
  const load = () => import('../fleet.ts')

  command('status', 'how many there are, and how they stand, by site').action(
    run(async (options) => (await load()).status(io, options)),
  )
  command('list', 'one line for each machine')
    .option('--site <site>', 'at this site')
    .option('--group <group>', 'of this group')
    .option('--label <label>', 'with this label')
    .addOption(new Option('--state <state>', 'in this state').choices(deviceStateSchema.options))
    .addOption(new Option('--presence <presence>', 'heard of like this').choices(presenceSchema.options))
    .option('--model <id>', 'that have this model')
    .option('--running <version>', 'on which this version of --model runs')
    .option('--search <text>', 'in the name, or the beginning of the fingerprint')
    .option('--problem', 'that somebody should look at')
    .option('--limit <n>', 'at most so many', whole, 1000)
    .action(run(async (options) => (await load()).list(io, options)))
  command('show', 'all about one machine')
    .argument(...machine)
    .action(run(async (name, options) => (await load()).show(io, name, options)))
  command('join-code', 'make a code with which one machine can join; it is shown once')
    .argument('<site>', 'where the machine stands')
    .addOption(groups())
    .option('--label <label...>', 'labels that it gets')
    .option('--hours <hours>', 'how long the code can be used', hours, 24)
    .action(run(async (site, options) => (await load()).makeJoinCode(io, site, options)))
  command('join-codes', 'which were made, and what became of them').action(
    run(async (options) => (await load()).joinCodes(io, options)),
  )
  command('withdraw', 'let nobody use a join code any more')
    .argument('<id>', 'its number in the list of join codes')
    .action(run(async (id, options) => (await load()).withdrawCode(io, id, options)))
  command('confirm', 'the fingerprint that the machine shows is the right one: it may sync')
    .argument(...machine)
    .option('--fingerprint <digits>', 'what the machine itself shows; asked for at the terminal where absent')
    .action(run(async (name, options) => (await load()).confirm(io, name, options)))
  for (const [word, action, description] of [
    ['revoke', 'revoke', 'refuse the key of a machine for good'],
    ['quarantine', 'quarantine', 'take nothing from a machine for now'],
    ['quarantine-lift', 'lift', 'end the quarantine of a machine'],
  ] as const)
    command(word, description)
      .argument(...machine)
      .requiredOption('--reason <text>', 'why')
      .action(run(async (name, options) => (await load())[action](io, name, options)))
  command('label', 'give a machine labels, and take them')
    .argument(...machine)
    .option('--add <label...>', 'labels to give')
    .option('--remove <label...>', 'labels to take')
    .action(run(async (name, options) => (await load()).label(io, name, options)))
  command('move', 'a machine stands at another site, or in other groups')
    .argument(...machine)
    .requiredOption('--site <site>', 'where it stands from now on')
    .addOption(groups())
    .requiredOption('--reason <text>', 'why')
    .action(run(async (name, options) => (await load()).move(io, name, options)))
  command('rename', 'call a machine something else')
    .argument(...machine)
    .argument('<name>', 'what it is called from now on')
    .action(run(async (name, to, options) => (await load()).rename(io, name, to, options)))
}
