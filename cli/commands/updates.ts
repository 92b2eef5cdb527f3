import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { dataForToken, edgeUrl, type Run } from './run.ts'

/** What an edge believes, and where its updates come from. */
export function register(cli: Command, run: Run, io: Io): void {
  cli
    .command('trust')
    .description('give an edge the root that it believes, its site, and where its updates come from')
    .argument('<root.json>', 'signed root metadata: metadata/1.root.json of the repository')
    .requiredOption('--site <id>', 'the site that this machine stands at')
    .option('--group <id...>', 'groups of machines that it belongs to; of two, the first named counts')
    .option(
      '--source <url>',
      'base address of the repository; none: by stick only (default: as before, at first none)',
    )
    .option(
      '--fingerprint <sha256>',
      'of the root, as the central team told it; else it is shown, and you are asked',
    )
    .option('--recover', 'believe this root from now on, whatever was believed before')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (file, options) => (await import('../trust.ts')).trust(io, file, options)))

  const update = cli.command('update').description('signed updates of an edge')
  update
    .command('status')
    .description('what it believes, what is assigned to it, and how far that is')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../update.ts')).updateStatus(io, options)))
  update
    .command('check')
    .description('ask the source now, and wait until what is assigned is here')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (options) => (await import('../update.ts')).updateCheck(io, options)))

  const usb = cli.command('usb').description('updates by stick')
  usb
    .command('import')
    .description('let an edge read a stick, see what it would change, and do it')
    .argument('<dir>', 'where the stick is mounted, or a folder with a repository')
    .option('--yes', 'do it without asking')
    .option('--write-back', 'write the audit record and the log onto the stick')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (dir, options) => (await import('../usb-import.ts')).usbImport(io, dir, options)))
}
