import { Command } from 'commander'
import { expect, it } from 'vitest'
import { register } from '#cli/commands/signing.ts'
import type { Io } from '#cli/io.ts'

const cli = new Command()
register(cli, () => async () => undefined, {} as Io)
const repo = cli.commands.find((one) => one.name() === 'repo')!
const options = (name: string) =>
  new Map(repo.commands.find((one) => one.name() === name)!.options.map((one) => [one.long, one.description]))

it.each(['import', 'timestamp'])(
  'repo %s offers no key to sign what is pending: it signs none of it',
  (name) => {
    expect(options(name).get('--key')).toMatch(/snapshot and timestamp.*nothing else is signed/)
    expect(options(name).has('--yes')).toBe(false)
  },
)

it('offers to ask before a key signs what others changed where keys do sign', () => {
  expect(options('renew').has('--yes')).toBe(true)
  expect(options('renew').get('--key')).toContain('sign what they may')
})
