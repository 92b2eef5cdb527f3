import { describe, expect, it } from 'vitest'
import { newSecret, signature, whyNotBelieved } from '#central/notify/sign.ts'

/** The example of the Standard Webhooks specification's reference libraries. */
const known = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const nowMs = 1_614_265_330_000

describe('a signed message', () => {
  it('is signed as Standard Webhooks says', () => {
    expect(signature(known.message, known.secret)).toBe(known.signature)
  })

  it('is believed with any of several signatures, and within five minutes', () => {
    const header = `v1,AAAA ${known.signature}`
    expect(whyNotBelieved(known.message, header, known.secret, nowMs + 299_000)).toBeUndefined()
    expect(whyNotBelieved(known.message, header, known.secret, nowMs + 301_000)).toContain('five minutes')
  })

  it.each([
    ['another body', { ...known.message, body: '{"test": 1}' }, known.signature],
    ['another id', { ...known.message, id: 'msg_x' }, known.signature],
    ['no signature', known.message, ''],
    ['a time that is none', { ...known.message, timestamp: 'NaN' }, known.signature],
  ])('is not believed with %s', (_, message, header) => {
    expect(whyNotBelieved(message, header, known.secret, nowMs)).toBeDefined()
  })

  it('has secrets of 32 bytes, each its own', () => {
    const [a, b] = [newSecret(), newSecret()]
    expect(a).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(a).not.toBe(b)
  })
})
