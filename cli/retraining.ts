import type { Retraining, RetrainingState } from '#core/contracts/retraining.ts'
import { connectCentral, type Where } from './central-client.ts'
import type { Io } from './io.ts'

const iso = (time: string | undefined) => (time === undefined ? {} : { due: asTime(time) })
const asTime = (text: string): string =>
  Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()

function causeInWords({ cause }: Retraining): string {
  if (cause.kind === 'guardrail') {
    const [last] = cause.firings
    const figure = last ? `: ${last.metric} ${Number(last.value.toPrecision(3))} (limit ${last.limit})` : ''
    return `guardrail ${cause.guardrail}, ${cause.times === 1 ? 'once' : `${cause.times} times`}${figure}`
  }
  if (cause.kind === 'schedule') return `every ${cause.everyDays} days`
  return cause.kind === 'event' ? `${cause.source}: ${cause.reason}` : cause.reason
}

function inWords(request: Retraining): string {
  const { id, model, version, state, owner, due, link, result } = request
  const what = `${model}${version === null ? '' : ` ${version}`}`
  const more = [
    owner.name === null ? 'nobody answers for it' : owner.name,
    ...(due === null ? [] : [`due ${due.slice(0, 10)}`]),
    ...(link === null ? [] : [link]),
    ...(result === null ? [] : [`version ${result} came of it`]),
  ]
  return `${String(id).padStart(5)}  ${state.padEnd(12)} ${what.padEnd(28)} ${causeInWords(request)} · ${more.join(' · ')}`
}

/** All pages of them. */
export async function list(
  io: Io,
  { all, model, ...where }: Where & { all?: boolean; model?: string },
): Promise<{ requests: Retraining[] }> {
  const central = connectCentral(io, where)
  const requests: Retraining[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: URLSearchParams = new URLSearchParams({
      ...(all !== true && { state: 'unfinished' }),
      ...(model !== undefined && { model }),
      ...(cursor !== '' && { cursor }),
    })
    const page: { items: Retraining[]; next: string | null } = await central.json(
      'GET',
      `/api/retraining?${query}`,
    )
    requests.push(...page.items)
    cursor = page.next
  }
  if (!io.json) for (const request of requests) io.print(inWords(request))
  if (!io.json && requests.length === 0)
    io.print(
      all === true
        ? 'Nothing was ever asked for.'
        : 'Nothing is open or in progress (--all: what is done or declined as well).',
    )
  return { requests }
}

export async function ask(
  io: Io,
  model: string,
  { reason, link, due, ...where }: Where & { reason: string; link?: string; due?: string },
): Promise<Retraining> {
  const body = { model, reason, ...(link !== undefined && { link }), ...iso(due) }
  return said(io, await connectCentral(io, where).json<Retraining>('POST', '/api/retraining', body))
}

export async function change(
  io: Io,
  id: number,
  state: RetrainingState,
  options: Where & { owner?: string; link?: string; due?: string; result?: string; note?: string },
): Promise<Retraining> {
  const { central, data, due, ...rest } = options
  const where = { ...(central !== undefined && { central }), ...(data !== undefined && { data }) }
  const { owner, link, result, note } = rest
  const body = JSON.parse(JSON.stringify({ state, owner, link, result, note, ...iso(due) })) // without what is undefined
  return said(io, await connectCentral(io, where).json<Retraining>('POST', `/api/retraining/${id}`, body))
}

function said(io: Io, request: Retraining): Retraining {
  if (!io.json) io.print(inWords(request))
  return request
}
