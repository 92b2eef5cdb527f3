import { readCentralInfo } from '#central/server/info.ts'
import type { Account, Invitation, NewAccountAnswer } from '#core/contracts/accounts.ts'
import type { CentralRole } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameKey } from '#core/contracts/people.ts'
import { connectCentral, type Where } from './central-client.ts'
import type { EdgeClient } from './edge-client.ts'
import { type Io, userPath } from './io.ts'
import { readSecret } from './secret.ts'

/** What a link begins with: as people reach it, where that is known. */
const origin = (io: Io, client: EdgeClient, { central, data }: Where) =>
  (central === undefined && data !== undefined
    ? readCentralInfo(userPath(io, data))?.publicUrl
    : undefined) ?? client.origin

const linkTo = (io: Io, client: EdgeClient, where: Where, { code }: Invitation) =>
  `${origin(io, client, where)}/#code=${code}`

/** Every item of a list that is paged. */
export async function all<T>(client: EdgeClient, path: string): Promise<T[]> {
  const found: T[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: { items: T[]; next: string | null } = await client.json('GET', `${path}?limit=500${query}`)
    found.push(...page.items)
    cursor = page.next
  }
  return found
}

const accountsOf = (client: EdgeClient) => all<Account>(client, '/api/accounts')

export async function named(client: EdgeClient, name: string): Promise<Account> {
  const found = (await accountsOf(client)).find((account) => nameKey(account.name) === nameKey(name))
  if (found) return found
  throw new EdgewrightError('account-unknown', `nobody at this central is called "${name}"`, {
    hint: 'edgewright central account list shows who can sign in.',
  })
}

const inWords = ({ name, roles, ready, lockedUntil }: Account) =>
  `${name.padEnd(24)} ${roles.join(', ').padEnd(36)}${ready ? '' : ' has not set a password'}${
    lockedUntil === null ? '' : ` locked until ${lockedUntil}`
  }`.trimEnd()

export async function list(io: Io, where: Where): Promise<{ accounts: Account[] }> {
  const accounts = await accountsOf(connectCentral(io, where))
  if (!io.json) for (const account of accounts) io.print(inWords(account))
  if (!io.json && accounts.length === 0)
    io.print('Nobody has an account. Add somebody: edgewright central account add NAME --role admin.')
  return { accounts }
}

export async function add(
  io: Io,
  name: string,
  options: Where & { role: CentralRole[]; passwordFd?: number },
): Promise<NewAccountAnswer> {
  const client = connectCentral(io, options)
  const made = await client.json<NewAccountAnswer>('POST', '/api/accounts', {
    ...{ name, roles: options.role },
    ...(await passwordFrom(name, options.passwordFd)),
  })
  tell(io, client, options, made)
  return made
}

export async function setRoles(
  io: Io,
  name: string,
  options: Where & { role: CentralRole[] },
): Promise<Account> {
  const client = connectCentral(io, options)
  const { id } = await named(client, name)
  const account = await client.json<Account>('PUT', `/api/accounts/${id}/roles`, { roles: options.role })
  if (!io.json) io.print(`${account.name} is ${account.roles.join(', ')}.`)
  return account
}

export async function password(
  io: Io,
  name: string,
  options: Where & { passwordFd?: number },
): Promise<NewAccountAnswer> {
  const client = connectCentral(io, options)
  const { id } = await named(client, name)
  const body = await passwordFrom(name, options.passwordFd)
  const made = await client.json<NewAccountAnswer>('POST', `/api/accounts/${id}/password`, body)
  tell(io, client, options, made)
  return made
}

export async function remove(io: Io, name: string, options: Where): Promise<Account> {
  const client = connectCentral(io, options)
  const account = await named(client, name)
  await client.send('DELETE', `/api/accounts/${account.id}`)
  if (!io.json) io.print(`${account.name} cannot sign in any more.`)
  return account
}

export async function link(io: Io, options: Where & { as?: string }): Promise<{ link: string }> {
  const client = connectCentral(io, options)
  const account = options.as === undefined ? undefined : (await named(client, options.as)).id
  const made = await client.json<Invitation>('POST', '/api/session/link', {
    ...(account !== undefined && { account }),
  })
  const result = { link: linkTo(io, client, options, made) }
  if (!io.json) io.print(result.link)
  return result
}

async function passwordFrom(name: string, fd: number | undefined): Promise<{ password?: string }> {
  if (fd === undefined) return {}
  return { password: await readSecret({ what: `Password of ${name}`, fd, option: '--password-fd' }) }
}

function tell(io: Io, client: EdgeClient, where: Where, { account, invitation }: NewAccountAnswer): void {
  if (io.json) return
  io.print(`${account.name} is ${account.roles.join(', ')}.`)
  if (!invitation) return
  io.note(`With this link ${account.name} sets a password, until ${invitation.until}:`)
  io.print(linkTo(io, client, where, invitation))
}
