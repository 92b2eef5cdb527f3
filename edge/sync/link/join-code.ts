import { EdgewrightError } from '#core/contracts/errors.ts'
import { type JoinCode, joinCodePrefix, joinCodeSchema } from '#core/contracts/sync.ts'

/**
 * What a join code says. Line breaks and blanks that came with copying it are no part of it.
 * @throws EdgewrightError request-invalid: it is none, or was cut off
 */
export function readJoinCode(text: string): JoinCode {
  const code = text.replaceAll(/\s/g, '')
  if (!code.startsWith(joinCodePrefix)) throw invalid(`it does not begin with "${joinCodePrefix}"`)
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(code.slice(joinCodePrefix.length), 'base64url').toString('utf8'))
  } catch {
    throw invalid('it is not whole')
  }
  const parsed = joinCodeSchema.safeParse(json)
  if (!parsed.success) throw invalid('it does not say what a join code says')
  return parsed.data
}

const invalid = (why: string) =>
  new EdgewrightError('request-invalid', `this is no join code: ${why}`, {
    hint: 'Copy the whole code as central shows it; an admin at central makes a new one where it is lost.',
  })
