import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Ownership, Party } from '#core/contracts/ownership.ts'
import type {
  NewRetraining,
  Retraining,
  RetrainingCause,
  RetrainingChange,
  RetrainingState,
} from '#core/contracts/retraining.ts'
import { workerOf } from '../ownership/raci.ts'
import type { RetrainingRequest } from '../store/feedback-retraining.ts'

/** What may follow what; what is done or declined stays so. */
const transitions: Record<RetrainingState, readonly RetrainingState[]> = {
  open: ['in-progress', 'done', 'declined'],
  'in-progress': ['open', 'done', 'declined'],
  done: [],
  declined: [],
}
const keptFirings = 100
const keptHistory = 200

type Firing = Extract<RetrainingCause, { kind: 'guardrail' }>['firings'][number]

/** A request that stands, after the same guardrail fired once more: on this machine, or on another. */
export function firedAgain(request: RetrainingRequest, firing: Firing): RetrainingRequest {
  const { cause } = request
  if (cause.kind !== 'guardrail') return request
  const firings = [firing, ...cause.firings].slice(0, keptFirings)
  return { ...request, cause: { ...cause, times: cause.times + 1, firings } }
}

/** The same of a program that asks again. */
export function askedAgain(
  request: RetrainingRequest,
  asked: NewRetraining,
  { at, by }: { at: Date; by: string },
): RetrainingRequest {
  const { cause } = request
  if (cause.kind !== 'event') return request
  const { figures = {}, reason } = asked
  return {
    ...request,
    cause: { ...cause, reason, figures: { ...cause.figures, ...figures } },
    link: asked.link ?? request.link,
    history: noted(request, { at, by, text: `asked again: ${reason}` }),
    changed_at: at,
  }
}

const noted = ({ history }: RetrainingRequest, { at, by, text }: { at: Date; by: string; text: string }) =>
  [...history, { at: at.toISOString(), by, text }].slice(-keptHistory)

/** @throws EdgewrightError request-invalid where its state has no such step */
export function changed(
  request: RetrainingRequest,
  change: RetrainingChange,
  { at, by }: { at: Date; by: string },
): RetrainingRequest {
  const { state, owner, link, due, result, note } = change
  if (transitions[request.state].length === 0)
    throw new EdgewrightError('request-invalid', `request ${request.id} is ${request.state}, and stays so`)
  if (state !== undefined && state !== request.state && !transitions[request.state].includes(state))
    throw new EdgewrightError('request-invalid', `what is ${request.state} cannot become ${state}`)
  if (result !== undefined && state !== 'done')
    throw new EdgewrightError('request-invalid', '"result" belongs to what is done')
  const said = [
    state !== undefined && state !== request.state && state,
    owner !== undefined && `owner: ${owner}`,
    link !== undefined && `link: ${link ?? 'none'}`,
    due !== undefined && `due: ${due ?? 'none'}`,
    result !== undefined && `result: version ${result}`,
    note !== undefined && note,
  ].filter((text) => text !== false)
  if (said.length === 0) throw new EdgewrightError('request-invalid', 'nothing is to be changed')
  return {
    ...request,
    state: state ?? request.state,
    owner: owner === undefined ? request.owner : { name: owner, contact: null, from: 'central' },
    link: link === undefined ? request.link : link,
    due: due === undefined ? request.due : due === null ? null : new Date(due),
    result: result ?? request.result,
    changed_at: at,
    history: noted(request, { at, by, text: said.join('; ') }),
  }
}

/** By which a further cause finds the request that it is added to. A person's request stands for itself. */
export const causeKey = (cause: RetrainingCause, version: string | null): string | null => {
  if (cause.kind === 'guardrail') return `guardrail ${cause.guardrail} ${version ?? ''}`
  if (cause.kind === 'event') return `event ${cause.source}`
  return cause.kind === 'schedule' ? 'schedule' : null
}

/** The next time of a schedule after `now`: missed ones (this server was off) are made up for once. */
export function nextTime(nextAt: Date, everyDays: number, now: Date): Date {
  const everyMs = everyDays * 24 * 60 * 60_000
  const missed = Math.max(0, Math.floor((now.getTime() - nextAt.getTime()) / everyMs))
  return new Date(nextAt.getTime() + (missed + 1) * everyMs)
}

export const retrainingOwner = (
  owners: Map<string, Ownership>,
  model: string,
  decidedBy: Party | null = null,
) => workerOf(owners.get(model), decidedBy)

export function shownRequest(row: RetrainingRequest): Retraining {
  const { id, model, version, cause, state, owner, link, result, history } = row
  return {
    ...{ id, model, version, cause, state, owner, link, result, history },
    due: row.due?.toISOString() ?? null,
    requestedAt: row.requested_at.toISOString(),
    requestedBy: row.requested_by,
    changedAt: row.changed_at.toISOString(),
  }
}
