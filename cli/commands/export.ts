import { type Command, InvalidArgumentError, Option } from 'commander'
import { exportQuerySchema, reviewStateSchema } from '#core/contracts/review.ts'
import type { Io } from '../io.ts'
import { centralData, centralUrl } from './registry.ts'
import type { Run } from './run.ts'

function moment(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new InvalidArgumentError('a time is needed, such as 2026-11-02T06:00:00Z')
  return new Date(ms).toISOString()
}

/** `edgewright export …`: what leaves central as files. */
export function register(cli: Command, run: Run, io: Io): void {
  cli
    .command('export')
    .description('what central knows, as files: feedback')
    .command('feedback')
    .description('answers of people as training data: features exactly as served, decision, answer, label')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(exportQuerySchema.shape.format.unwrap().options)
        .default('jsonl'),
    )
    .option('--model <id>', 'only of this model')
    .option('--site <site>', 'only of this site')
    .option('--from <time>', 'answered at this time or later, RFC 3339', moment)
    .option('--to <time>', 'answered before this time, RFC 3339', moment)
    .addOption(
      new Option('--state <state>', 'only with this review (default: accepted and corrected)').choices(
        reviewStateSchema.options,
      ),
    )
    .option('--all', 'whether reviewed or not, with what was left out')
    .option('-o, --output <file>', 'file to write (default: stdout)')
    .option(...centralUrl)
    .option(...centralData)
    .action(run(async (options) => (await import('../export-feedback.ts')).exportFeedback(io, options)))
}
