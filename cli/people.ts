import { EdgewrightError } from '#core/contracts/errors.ts'
import { type LocalPerson, type NewPerson, pinSchema, type Role } from '#core/contracts/people.ts'
import { connect, type EdgeClient } from './edge-client.ts'
import type { Io } from './io.ts'
import { readSecret } from './secret.ts'

interface Where {
  edge?: string
  data?: string
}
type WithPin = Where & { pinFd?: number }

export interface PeopleList {
  people: LocalPerson[]
}

const inWords = ({ name, role, lockedUntil }: LocalPerson) =>
  `${name.padEnd(24)} ${role.padEnd(10)}${lockedUntil === null ? '' : ` locked until ${lockedUntil}`}`.trimEnd()

/** Who can sign in at an edge. */
export async function listPeople(io: Io, options: Where): Promise<PeopleList> {
  const list = await connect(io, options).json<PeopleList>('GET', '/api/people')
  if (!io.json) for (const person of list.people) io.print(inWords(person))
  if (!io.json && list.people.length === 0)
    io.print('Nobody can sign in at this edge. Add somebody: edgewright people add NAME --role technician.')
  return list
}

export async function addPerson(
  io: Io,
  name: string,
  options: WithPin & { role: Role },
): Promise<LocalPerson> {
  const client = connect(io, options)
  const body: NewPerson = { name, role: options.role, pin: await newPin(name, options) }
  const person = await client.json<LocalPerson>('POST', '/api/people', body)
  if (!io.json) io.print(`${person.name} can sign in as ${person.role}.`)
  return person
}

export async function changePin(io: Io, name: string, options: WithPin): Promise<LocalPerson> {
  const client = connect(io, options)
  const { id } = await named(client, name)
  const pin = await newPin(name, options)
  const person = await client.json<LocalPerson>('POST', `${at(id)}/pin`, { pin })
  if (!io.json) io.print(`${person.name} has a new PIN, and is signed out where they were signed in.`)
  return person
}

export async function removePerson(io: Io, name: string, options: Where): Promise<LocalPerson> {
  const client = connect(io, options)
  const person = await named(client, name)
  await client.send('DELETE', at(person.id))
  if (!io.json) io.print(`${person.name} cannot sign in any more.`)
  return person
}

const at = (id: string) => `/api/people/${encodeURIComponent(id)}`

async function named(client: EdgeClient, name: string): Promise<LocalPerson> {
  const { people } = await client.json<PeopleList>('GET', '/api/people')
  const wanted = name.trim().toLowerCase()
  const found = people.find((person) => person.id === name || person.name.toLowerCase() === wanted)
  if (found) return found
  throw new EdgewrightError('person-unknown', `nobody called "${name}" can sign in at this edge`, {
    hint: 'edgewright people list shows who can.',
  })
}

async function newPin(name: string, { pinFd }: WithPin): Promise<string> {
  const pin = await readSecret({
    what: `New PIN of ${name} (six to twelve digits)`,
    fd: pinFd,
    option: '--pin-fd',
    twice: true,
  })
  if (pinSchema.safeParse(pin).success) return pin
  throw new EdgewrightError('request-invalid', 'a PIN is six to twelve digits, and nothing else', {
    hint: 'Nothing was changed; choose another.',
  })
}
