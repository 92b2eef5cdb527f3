import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { dataForToken, edgeUrl, type Run } from './run.ts'

/** `edgewright enrol …`: a machine's place in a fleet. */
export function register(cli: Command, run: Run, io: Io): void {
  cli
    .command('enrol')
    .description('let a machine join a fleet with a code from its admin; without a code: how it stands')
    .argument('[code]', 'join code: edgewright fleet join-code SITE (or EDGEWRIGHT_JOIN)')
    .option('--recover', 'believe the root that the code names from now on, whatever was believed before')
    .option('--leave', 'leave the fleet; what runs and what is believed stays')
    .option(...edgeUrl)
    .option(...dataForToken)
    .action(run(async (code, options) => (await import('../enrol.ts')).enrol(io, code, options)))
}
