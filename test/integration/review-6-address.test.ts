import { expect, it } from 'vitest'
import { allowedAddresses, whyNotCalled } from '#central/notify/address.ts'

const none = allowedAddresses('')
it.each([
  ...[
    '127.0.0.1',
    '::1',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:127.0.0.1',
  ],
  ...['64:ff9b::7f00:1', '2002:7f00:1::', '0.0.0.0', '::', 'fe80::1%lo', '169.254.169.254', 'fd00:ec2::254'],
])('%s is not called, in whatever way it is written', (address) => {
  expect(whyNotCalled('hooks.example', address, none)).toBeDefined()
})

it('what is allowed and what is public is called', () => {
  const own = allowedAddresses('::1,127.0.0.0/8')
  for (const address of ['::1', '127.0.0.1', '8.8.8.8', '2606:4700::1111'])
    expect(whyNotCalled(address, address, own)).toBeUndefined()
})
