import { type Command, InvalidArgumentError } from 'commander'
import type { Io } from '../io.ts'
import { dataForToken, edgeUrl, type Run } from './run.ts'

function moment(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new InvalidArgumentError('a time is needed, such as 2026-11-02T06:00:00Z')
  return new Date(ms).toISOString()
}

function key(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('64 hex digits are needed')
  return text.toLowerCase()
}

/** `edgewright audit …`: the record of who did what, and what proves it. */
export function register(cli: Command, run: Run, io: Io): void {
  const audit = cli.command('audit').description('the record of who did what: verify, export, key, new-key')
  audit
    .command('verify')
    .description(
      'recompute the record and hold it against its checkpoints; status 1 where something does not hold',
    )
    .argument(
      '[file.ndjson]',
      'an export; else the record of an edge, or of a data folder on which none runs',
    )
    .option('--against <older.ndjson>', 'an older export of the same device, which the file must still hold')
    .option('--key <public>', 'public key of the device, or its fingerprint: an export brings its own', key)
    .option('--edge <url>', 'address of the edge, such as http://127.0.0.1:8700')
    .option('--data <dir>', 'data folder; nothing in it is changed')
    .action(run(async (file, options) => (await import('../audit.ts')).verify(io, file, options)))
  audit
    .command('export')
    .description('write the record as NDJSON, with a fresh signed checkpoint at its end')
    .option('-o, --output <file.ndjson>', 'file to write (default: stdout)')
    .option('--from <time>', 'begin at the checkpoint before, RFC 3339', moment)
    .option('--to <time>', 'end at the checkpoint after, RFC 3339', moment)
    .option('--readings', 'with the content of readings (without images), and not only its digest')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../audit.ts')).exportRecord(io, options)))
  audit
    .command('key')
    .description("the machine's public key, by which exports and checkpoints are checked")
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../audit.ts')).showKey(io, options)))
  audit
    .command('new-key')
    .description('a new key in place of one that is damaged or gone: from then on another device')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../audit.ts')).newKey(io, options)))
}
