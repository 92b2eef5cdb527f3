import type { AccessToken, NewAccessTokenAnswer, TokenRole } from '#core/contracts/accounts.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { all, named } from './central-accounts.ts'
import { connectCentral, type Where } from './central-client.ts'
import type { Io } from './io.ts'

const inWords = ({ id, name, of, role, until, lastUsedAt }: AccessToken) =>
  `${String(id).padStart(4)}  ${name.padEnd(24)} ${of.padEnd(24)} ${role.padEnd(10)} until ${until.slice(0, 10)}, ${
    lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`
  }`

export async function list(io: Io, where: Where): Promise<{ tokens: AccessToken[] }> {
  const tokens = await all<AccessToken>(connectCentral(io, where), '/api/tokens')
  if (!io.json) for (const token of tokens) io.print(inWords(token))
  if (!io.json && tokens.length === 0) io.print('No script has a token.')
  return { tokens }
}

/** The token alone goes to stdout, so that it can be put where the script finds it. */
export async function add(
  io: Io,
  name: string,
  options: Where & { for: string; role: TokenRole; days: number },
): Promise<NewAccessTokenAnswer> {
  const client = connectCentral(io, options)
  const { id: account } = await named(client, options.for)
  const { role, days } = options
  const made = await client.json<NewAccessTokenAnswer>('POST', '/api/tokens', { account, name, role, days })
  if (!io.json) {
    const { of, until } = made.token
    io.note(
      `A script may ask as ${of}, ${role}, until ${until}. It is shown this once; for EDGEWRIGHT_TOKEN:`,
    )
    io.print(made.secret)
  }
  return made
}

export async function remove(io: Io, number: string, where: Where): Promise<{ id: number }> {
  const id = Number(number)
  if (!Number.isSafeInteger(id) || id < 1)
    throw new EdgewrightError('token-unknown', `"${number}" is no number of a token`, {
      hint: 'edgewright central token list shows them.',
    })
  await connectCentral(io, where).send('DELETE', `/api/tokens/${id}`)
  if (!io.json) io.print(`Token ${id} is refused from now on.`)
  return { id }
}
