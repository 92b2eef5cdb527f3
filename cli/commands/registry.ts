import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { Run } from './run.ts'

export const centralUrl = [
  '--central <url>',
  'address of central (default: the one that runs on --data)',
] as const
export const centralData = [
  '--data <dir>',
  'data folder of central, where its token lies (or EDGEWRIGHT_TOKEN)',
] as const

/** `edgewright registry …`: what there is to deploy, at a central. */
export function register(cli: Command, run: Run, io: Io): void {
  const registry = cli
    .command('registry')
    .description('what there is to deploy: versions, who signed them, aliases, dates')
  const command = (words: string, description: string) =>
    registry
      .command(words)
      .description(description)
      .option(...centralUrl)
      .option(...centralData)
  const load = () => import('../registry.ts')
  const why = ['--reason <text>', 'why'] as const

  command('list', 'models, their newest versions and aliases')
    .option('--search <text>', 'in the id or the title')
    .action(run(async (options) => (await load()).list(io, options)))
  command('show', 'a model and its versions, or all about one version')
    .argument('<model>')
    .argument('[version]')
    .action(run(async (model, version, options) => (await load()).show(io, model, version, options)))
  command('alias', 'point an alias (staging, production, …) to a version; without one: to none')
    .argument('<model>')
    .argument('<alias>')
    .argument('[version]')
    .requiredOption(...why)
    .action(
      run(async (model, name, version, options) => (await load()).alias(io, model, name, version, options)),
    )
  command('deprecate', 'say that a version is to be replaced')
    .argument('<model>')
    .argument('<version>')
    .option('--until <time>', 'from then on it must not be started, such as 2027-03-01')
    .option('--lift', 'take back what was said here; a date in its manifest stays')
    .requiredOption(...why)
    .action(run(async (model, version, options) => (await load()).deprecate(io, model, version, options)))
  command('discard', 'take back what waits for signatures')
    .argument('<model>')
    .argument('<version>')
    .requiredOption(...why)
    .action(run(async (model, version, options) => (await load()).discard(io, model, version, options)))
  command('sign-file', 'fetch what waits for signatures, in a file for those who sign')
    .argument('<file>')
    .option('--role <role>', 'only of this role')
    .action(run(async (file, options) => (await load()).signFile(io, file, options)))
  command('signatures', 'bring a signed file back; what is complete goes live')
    .argument('<file>')
    .action(run(async (file, options) => (await load()).signatures(io, file, options)))
  registry
    .command('adopt')
    .description(
      'make a signed repository that was made elsewhere the one of a central; all of it must verify',
    )
    .argument('<dir>', 'folder of the repository')
    .requiredOption('--data <dir>', 'data folder of central')
    .action(run(async (dir, options) => (await import('../registry-publish.ts')).adopt(io, dir, options)))
}
