import { createInterface } from 'node:readline/promises'
import { plain } from '#central/registry/summary.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type DeviceDetail,
  type DeviceSummary,
  type DevicesPage,
  type FleetSummary,
  type JoinCodeView,
  type MadeJoinCode,
  shownFingerprint,
} from '#core/contracts/fleet.ts'
import { connectCentral, type Where } from './central-client.ts'
import type { EdgeClient } from './edge-client.ts'
import { deviceLine, deviceLines, fleetLines } from './fleet-words.ts'
import type { Io } from './io.ts'

const pageSize = 500

export type Filter = Partial<
  Record<'site' | 'group' | 'label' | 'state' | 'presence' | 'model' | 'search', string>
> & {
  running?: string
  problem?: boolean
}

/** The fleet at a glance. */
export async function status(io: Io, where: Where): Promise<FleetSummary> {
  const fleet = await connectCentral(io, where).json<FleetSummary>('GET', '/api/fleet?squares=0')
  if (!io.json) for (const line of fleetLines(fleet)) io.print(line)
  return fleet
}

async function pages(client: EdgeClient, query: Record<string, string>, most: number): Promise<DevicesPage> {
  const items: DeviceSummary[] = []
  let page: DevicesPage = { items: [], next: null }
  do {
    const limit = String(Math.min(pageSize, most - items.length))
    const cursor = page.next === null ? undefined : { cursor: page.next }
    page = await client.json('GET', `/api/devices?${new URLSearchParams({ ...query, limit, ...cursor })}`)
    items.push(...page.items)
  } while (page.next !== null && items.length < most)
  return { ...page, items }
}

export async function list(io: Io, options: Where & Filter & { limit: number }): Promise<DevicesPage> {
  const { central, data, limit, running, problem, ...filter } = options
  const query = {
    ...(filter as Record<string, string>),
    ...(running !== undefined && { version: running }),
    ...(problem && { problem: 'true' }),
  }
  const found = await pages(
    connectCentral(io, { ...(central && { central }), ...(data && { data }) }),
    query,
    limit,
  )
  if (io.json) return found
  for (const device of found.items) io.print(plain(deviceLine(device)))
  if (found.items.length === 0) io.print('No machine fits.')
  else if (found.next !== null) io.note(`${found.items.length} of ${found.total}; --limit N shows more.`)
  return found
}

/** The machine that a person means: by name, or by the first digits of its fingerprint. */
async function meant(client: EdgeClient, text: string): Promise<string> {
  const wanted = text.trim()
  const digits = wanted.replaceAll(/[\s:]/g, '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return digits
  const isDigits = /^[0-9a-f]{4,}$/.test(digits)
  const lists = await Promise.all(
    [wanted, ...(isDigits && digits !== wanted ? [digits] : [])].map((search) =>
      pages(client, { search }, pageSize),
    ),
  )
  const found = lists
    .flatMap(({ items }) => items)
    .filter(
      ({ name, device }) =>
        name.toLowerCase() === wanted.toLowerCase() || (isDigits && device.startsWith(digits)),
    )
  const devices = new Set(found.map(({ device }) => device))
  const [device] = devices
  if (device !== undefined && devices.size === 1) return device
  throw new EdgewrightError(
    'device-unknown',
    device === undefined
      ? `no machine of this fleet is called "${wanted.slice(0, 80)}", or begins with it`
      : `${devices.size} machines fit "${wanted.slice(0, 80)}": ${found.map((one) => `${one.device.slice(0, 12)} at ${one.site}`).join(', ')}`,
    { hint: 'edgewright fleet list shows them; name the first digits of one.' },
  )
}

const at = (device: string, word = '') => `/api/devices/${device}${word && `/${word}`}`

export async function show(io: Io, name: string, where: Where): Promise<DeviceDetail> {
  const client = connectCentral(io, where)
  const detail = await client.json<DeviceDetail>('GET', at(await meant(client, name)))
  if (!io.json) for (const line of deviceLines(detail)) io.print(plain(line))
  return detail
}

interface NewCode {
  group?: string[]
  label?: string[]
  hours: number
}

export async function makeJoinCode(io: Io, site: string, options: Where & NewCode): Promise<MadeJoinCode> {
  const { group = [], label = [], hours } = options
  const body = { site, groups: group, labels: label, ttlMs: Math.round(hours * 3_600_000) }
  const made = await connectCentral(io, options).json<MadeJoinCode>('POST', '/api/join-codes', body)
  if (io.json) return made
  io.print(made.code)
  io.note(`For one machine at ${made.site}, until ${made.expiresAt}. It is not shown again.`)
  io.note(
    made.root === null
      ? 'Central has no signed repository yet: the machine will get no updates from it.'
      : `The machine will believe the root ${made.root.slice(0, 16)}…`,
  )
  return made
}

export async function joinCodes(io: Io, where: Where): Promise<{ items: JoinCodeView[] }> {
  const found = await connectCentral(io, where).json<{ items: JoinCodeView[] }>('GET', '/api/join-codes')
  if (io.json) return found
  for (const { id, site, state, createdBy, expiresAt, device } of found.items)
    io.print(
      `${String(id).padStart(5)}  ${site.padEnd(16)} ${state.padEnd(10)} by ${createdBy}, until ${expiresAt}${device ? `, used by ${device.slice(0, 12)}` : ''}`,
    )
  if (found.items.length === 0) io.print('No join code was made yet: edgewright fleet join-code SITE.')
  return found
}

export async function withdrawCode(io: Io, id: string, where: Where): Promise<{ id: string }> {
  await connectCentral(io, where).send('DELETE', `/api/join-codes/${encodeURIComponent(id)}`)
  if (!io.json) io.print(`Join code ${id} is of no use any more.`)
  return { id }
}

export async function confirm(
  io: Io,
  name: string,
  options: Where & { fingerprint?: string },
): Promise<DeviceSummary> {
  const client = connectCentral(io, options)
  const device = await meant(client, name)
  const fingerprint = options.fingerprint ?? (await readAtMachine())
  const done = await client.json<DeviceSummary>('POST', at(device, 'confirm'), { fingerprint })
  return told(io, done, `${done.name} (${shownFingerprint(device)}) is confirmed: it may sync.`)
}

/** From the machine itself; the one that central has is not shown beside, so that it is compared and not copied. */
async function readAtMachine(): Promise<string> {
  if (!process.stdin.isTTY)
    throw new EdgewrightError('request-invalid', 'nobody can be asked what the machine shows', {
      hint: 'Name it: --fingerprint DIGITS, as Device in its console or `edgewright audit key` shows it.',
    })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question('Fingerprint that the machine shows (16 or 64 digits): ')).trim()
  } finally {
    terminal.close()
  }
}

type Reason = Where & { reason: string }

const decide =
  (word: 'revoke' | 'quarantine' | 'lift', words: (name: string) => string) =>
  async (io: Io, name: string, options: Reason): Promise<DeviceSummary> => {
    const client = connectCentral(io, options)
    const path = at(await meant(client, name), word)
    const done = await client.json<DeviceSummary>('POST', path, { reason: options.reason })
    return told(io, done, words(done.name))
  }
export const revoke = decide('revoke', (name) => `${name} is revoked: its key is refused for good.`)
export const quarantine = decide(
  'quarantine',
  (name) => `${name} is in quarantine: nothing is taken from it.`,
)
export const lift = decide('lift', (name) => `The quarantine of ${name} is over.`)

export async function label(
  io: Io,
  name: string,
  options: Where & { add?: string[]; remove?: string[] },
): Promise<DeviceSummary> {
  const client = connectCentral(io, options)
  const device = await meant(client, name)
  const { labels: before } = await client.json<DeviceDetail>('GET', at(device))
  const { add = [], remove = [] } = options
  const labels = [...before, ...add].filter((one) => !remove.includes(one))
  const done = await client.json<DeviceSummary>('PUT', at(device, 'labels'), { labels: [...new Set(labels)] })
  return told(io, done, `Labels of ${done.name}: ${done.labels.join(', ') || 'none'}`)
}

export async function move(
  io: Io,
  name: string,
  options: Reason & { site: string; group?: string[] },
): Promise<DeviceSummary> {
  const client = connectCentral(io, options)
  const { site, group: groups = [], reason } = options
  const path = at(await meant(client, name), 'place')
  const done = await client.json<DeviceSummary>('PUT', path, { site, groups, reason })
  return told(
    io,
    done,
    `${done.name} is at ${done.site} from now on; it hears of it with its next heartbeat.`,
  )
}

export async function rename(io: Io, name: string, to: string, where: Where): Promise<DeviceSummary> {
  const client = connectCentral(io, where)
  const done = await client.json<DeviceSummary>('PUT', at(await meant(client, name), 'name'), { name: to })
  return told(io, done, `It is called ${done.name} from now on.`)
}

function told(io: Io, device: DeviceSummary, words: string): DeviceSummary {
  if (!io.json) io.print(words)
  return device
}
