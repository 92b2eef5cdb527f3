import { describe, expect, it } from 'vitest'
import { nameKey } from '#core/contracts/people.ts'

describe('two names', () => {
  it.each(['m. sato', 'M.  SATO ', 'M.\u00a0Sato', 'M. Sa\u200bto', '\uff2d. Sato', 'M. S\u00adato'])(
    'are one person where people see no difference: %j',
    (name) => expect(nameKey(name)).toBe(nameKey('M. Sato')),
  )

  it.each(['M. Satō', 'N. Sato', 'M Sato'])('are two where they do: %j', (name) =>
    expect(nameKey(name)).not.toBe(nameKey('M. Sato')),
  )
})
