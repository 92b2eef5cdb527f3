import { describe, expect, it } from 'vitest'
import { allowedAddresses, whyNotCalled, whyNotTaken } from '#central/notify/address.ts'

const nothing = allowedAddresses('')

describe('addresses of webhooks', () => {
  it.each([
    ...['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '100.100.100.200'],
    ...[
      'fe80::1',
      '::',
      'ff02::1',
      'fd00:ec2::254',
      '::ffff:169.254.169.254',
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::',
    ],
  ])('%s is never called, whatever is allowed', (address) => {
    expect(whyNotCalled('x', address, allowedAddresses('x,0.0.0.0/0,::/0'))).toContain('never')
  })

  it.each(['10.1.2.3', '172.31.0.1', '192.168.1.1', '127.0.0.1', '::1', 'fd12::1', '::ffff:10.0.0.1'])(
    '%s is called only where it is allowed',
    (address) => {
      expect(whyNotCalled('tickets.plant', address, nothing)).toContain('EDGEWRIGHT_HOOKS_ALLOW')
      expect(whyNotCalled('tickets.plant', address, allowedAddresses('Tickets.Plant'))).toBeUndefined()
      expect(whyNotCalled('tickets.plant', address, allowedAddresses('0.0.0.0/0, ::/0'))).toBeUndefined()
    },
  )

  it('takes others as they are', () => {
    for (const address of ['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1'])
      expect(whyNotCalled('x', address, nothing)).toBeUndefined()
  })

  it.each([
    ['https://hooks.example/a', true],
    ['http://hooks.example/a', false],
    ['http://10.0.0.5:8080/a', false],
    ['https://10.0.0.5/a', false],
    ['https://user:secret@hooks.example/', false],
    ['https://[::ffff:169.254.169.254]/', false],
    ['https://2852039166/', false], // 169.254.169.254, as a browser reads it
    ['https://0x7f.1/', false],
  ])('%s is taken: %s', (url, taken) => {
    expect(whyNotTaken(url, nothing) === undefined).toBe(taken)
  })

  it('takes plain http and private addresses where they are allowed', () => {
    expect(whyNotTaken('http://10.0.0.5:8080/a', allowedAddresses('10.0.0.0/8'))).toBeUndefined()
    expect(whyNotTaken('http://tickets.plant/a', allowedAddresses('tickets.plant'))).toBeUndefined()
  })

  it.each(['10.0.0.0/33', '10.0.0.0/8/8', 'http://x', '::/129', 'a b'])(
    'refuses "%s" as a network',
    (text) => {
      expect(() => allowedAddresses(text)).toThrow(RangeError)
    },
  )
})
