import { type Command, InvalidArgumentError } from 'commander'
import type { Limits } from '#core/contracts/sync.ts'
import type { Io } from '../io.ts'
import { dataForToken, edgeUrl, type Run } from './run.ts'

function bytesPerS(text: string): number | null {
  if (text === 'none') return null
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('bytes a second, such as 50000, or none')
  return value
}

function window(text: string): Limits['window'] {
  if (text === 'none') return null
  const match = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text)
  if (!match) throw new InvalidArgumentError('a time of day such as 22:00-05:00, or none')
  return { from: match[1]!, to: match[2]! }
}

/** `edgewright sync …`: what waits to be sent to central. */
export function register(cli: Command, run: Run, io: Io): void {
  const sync = cli.command('sync').description('what waits to be sent to central: status, limits')
  sync
    .command('status')
    .description('whether central answers, what waits for it, and why something does not go on')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../sync.ts')).status(io, options)))
  sync
    .command('limits')
    .description(
      "what the site's line is to bear; alerts and the state of versions are always sent. What is not named is not limited",
    )
    .option('--bytes <per second>', 'of everything together; none: no limit', bytesPerS)
    .option('--window <from-to>', 'when figures and readings may be sent, local time; none: always', window)
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../sync.ts')).limits(io, options)))
}
