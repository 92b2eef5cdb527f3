import { type Command, Option } from 'commander'
import { roleSchema } from '#core/contracts/people.ts'
import type { Io } from '../io.ts'
import { dataForToken, descriptor, edgeUrl, type Run } from './run.ts'

/** `edgewright people …`: who can sign in at an edge with a PIN. */
export function register(cli: Command, run: Run, io: Io): void {
  const people = cli
    .command('people')
    .description('who can sign in at an edge with a PIN: list, add, pin, remove')
  const command = (words: string, description: string) =>
    people
      .command(words)
      .description(description)
      .option(...edgeUrl)
      .option(...dataForToken)
  const pinFd = () =>
    new Option(
      '--pin-fd <n>',
      'read the PIN from this file descriptor; asked for at the terminal where absent',
    ).argParser(descriptor)

  command('list', 'who can sign in, with their roles').action(
    run(async (options) => (await import('../people.ts')).listPeople(io, options)),
  )
  command('add', 'let somebody sign in')
    .argument('<name>', 'as the record is to call them')
    .addOption(
      new Option('--role <role>', 'what they may do').choices(roleSchema.options).makeOptionMandatory(),
    )
    .addOption(pinFd())
    .action(run(async (name, options) => (await import('../people.ts')).addPerson(io, name, options)))
  command('pin', 'give somebody a new PIN; ends a lock as well')
    .argument('<name>')
    .addOption(pinFd())
    .action(run(async (name, options) => (await import('../people.ts')).changePin(io, name, options)))
  command('remove', 'let somebody sign in no more')
    .argument('<name>')
    .action(run(async (name, options) => (await import('../people.ts')).removePerson(io, name, options)))
}
