import { InvalidArgumentError } from 'commander'

/** Runs a command and, with --json, prints what it returns. */
export type Run = <A extends unknown[]>(
  action: (...args: A) => Promise<unknown>,
) => (...args: A) => Promise<void>

/** Options that every command which talks to an edge has. */
export const edgeUrl = [
  '--edge <url>',
  'address of the edge, such as http://127.0.0.1:8700 (default: the one that runs on --data)',
] as const
export const dataForToken = [
  '--data <dir>',
  'data folder of the edge, where its token lies (or EDGEWRIGHT_TOKEN)',
] as const

export function descriptor(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a file descriptor is a number, such as 3')
}
