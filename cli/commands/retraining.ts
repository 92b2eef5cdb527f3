import { type Command, InvalidArgumentError } from 'commander'
import type { Io } from '../io.ts'
import { centralData, centralUrl } from './registry.ts'
import type { Run } from './run.ts'

function id(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(
    'the number of a request is needed, as `edgewright retraining list` shows it',
  )
}

/** `edgewright retraining …`: requests to train a model anew. */
export function register(cli: Command, run: Run, io: Io): void {
  const retraining = cli
    .command('retraining')
    .description('requests to train a model anew: list, ask, take, done, decline')
  const command = (words: string, description: string) =>
    retraining
      .command(words)
      .description(description)
      .option(...centralUrl)
      .option(...centralData)
  command('list', 'which are open or in progress, with cause and owner')
    .option('--all', 'those that are done or declined as well')
    .option('--model <id>', 'only of this model')
    .action(run(async (options) => (await import('../retraining.ts')).list(io, options)))
  command('ask', 'ask for one')
    .argument('<model>')
    .requiredOption('--reason <text>', 'why')
    .option('--link <url>', 'where it is worked on: a ticket, a run of a pipeline')
    .option('--due <time>', 'by when, RFC 3339')
    .action(run(async (model, options) => (await import('../retraining.ts')).ask(io, model, options)))
  command('take', 'say that somebody works on it')
    .argument('<id>', 'number of the request', id)
    .option('--owner <name>', 'who (default: as it is)')
    .option('--link <url>', 'where it is worked on')
    .option('--due <time>', 'by when, RFC 3339')
    .action(
      run(async (request, options) =>
        (await import('../retraining.ts')).change(io, request, 'in-progress', options),
      ),
    )
  for (const [name, state, description] of [
    ['done', 'done', 'say that it is done'],
    ['decline', 'declined', 'say that it is not to be done'],
  ] as const)
    command(name, description)
      .argument('<id>', 'number of the request', id)
      .option('--result <version>', 'the version that came of it')
      .option('--note <text>', 'why, or what to know')
      .action(
        run(async (request, options) =>
          (await import('../retraining.ts')).change(io, request, state, options),
        ),
      )
}
