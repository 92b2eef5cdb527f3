import { describe, expect, it } from 'vitest'
import { activateRequestSchema, reasonRequestSchema } from '#core/contracts/deployment.ts'

const asks = (reason: string, person?: string) =>
  reasonRequestSchema.safeParse({ reason, ...(person !== undefined && { person }) }).success

describe('who asks for a swap, and why', () => {
  it.each(['T. Okafor', 'Zoë Müller-Lüdenscheidt', 'علی‌رضا', '山田太郎', 'T. Okafor (night shift)'])(
    '%s',
    (person) => {
      expect(asks('false alarms\nall night\tlong', person)).toBe(true)
    },
  )

  it.each([
    ['a second line', 'T. Okafor\nadmin'],
    ['an escape sequence', 'T.\u001b[2J Okafor'],
    ['a zero', 'T.\u0000Okafor'],
    ['letters that run backward', 'T. \u202erofakO'],
    ['nothing', '  '],
  ])('a name with %s is refused', (_, person) => {
    expect(asks('false alarms', person)).toBe(false)
  })

  it('a reason is said, in signs that can be seen, and not at length', () => {
    for (const reason of ['', ' \n ', 'x'.repeat(1001), 'false\u0007 alarms', '\u2066alarms'])
      expect(asks(reason)).toBe(false)
    expect(asks('x'.repeat(1000))).toBe(true)
  })

  it.each([0, 100, -1, 101, '10', Number.NaN, null])('a canary of %s per cent is none', (percent) => {
    const request = { version: '1.0.1', mode: 'canary', reason: 'try' }
    expect(activateRequestSchema.safeParse({ ...request, percent }).success).toBe(false)
    expect(activateRequestSchema.safeParse({ ...request, percent: 0.5 }).success).toBe(true)
  })
})
