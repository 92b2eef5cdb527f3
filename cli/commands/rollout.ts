import { type Command, InvalidArgumentError } from 'commander'
import type { Io } from '../io.ts'
import type { Run } from './run.ts'

const centralUrl = ['--central <url>', 'address of central (default: the one that runs on --data)'] as const
const forToken = [
  '--data <dir>',
  'data folder of central, where its token lies and its address stands (or EDGEWRIGHT_TOKEN)',
] as const

function id(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a rollout is a number, as `edgewright rollout list` shows it')
}

/** `edgewright rollout …`: versions reach the fleet in groups with gates. */
export function register(cli: Command, run: Run, io: Io): void {
  const rollout = cli
    .command('rollout')
    .description(
      'bring a version to the fleet in groups with gates: start, list, show, pause, resume, skip, abort',
    )
  const command = (words: string, description: string) =>
    rollout
      .command(words)
      .description(description)
      .option(...centralUrl)
      .option(...forToken)
  const words = () => import('../rollout.ts')

  command('start', 'propose a rollout; without approvals it begins at once. Of a draft: its number')
    .argument('<plan>', 'a file (docs/rollouts.md), -: standard input, or the number of a draft')
    .option('--reason <text>', 'why, in place of what stands in the plan')
    .action(run(async (plan, options) => (await words()).start(io, plan, options)))
  command('list', 'rollouts, newest first')
    .option('--model <id>', 'of this model only')
    .option('--open', 'only those that are neither done nor aborted')
    .action(run(async (options) => (await words()).list(io, options)))
  command('show', 'groups, gates, failures, and what it waits for')
    .argument('<id>', 'its number', id)
    .option('--machines', 'each machine as well')
    .action(run(async (one, options) => (await words()).show(io, one, options)))
  const act = (name: 'pause' | 'resume' | 'skip', description: string) =>
    command(name, description)
      .argument('<id>', 'its number', id)
      .requiredOption('--reason <text>', 'why; it stands in the record')
      .action(run(async (one, options) => (await words()).act(io, one, name, options)))
  act('pause', 'assign it to no further machine')
  act('resume', 'go on; after a halt the failures so far are accepted')
  act('skip', 'let the active group pass without its time and number')
  command('abort', 'take it back from machines that do not run it yet')
    .argument('<id>', 'its number', id)
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--take-back', 'machines that run it go back as well')
    .action(run(async (one, options) => (await words()).abort(io, one, options)))
}
