import { userInfo } from 'node:os'
import type { ActivateRequest, ModelSummary, Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { connect } from './edge-client.ts'
import type { Io } from './io.ts'
import { whoAnswers } from './who-answers.ts'

export interface StepOptions {
  edge?: string
  data?: string
  reason?: string
  by?: string
}

const inMs = (ms: number) => `${ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`

/** Who does it: the name given, else the one of this machine's user; and why. */
function asked({ reason, by }: StepOptions, otherwise: string) {
  return { reason: reason ?? otherwise, person: by ?? userInfo().username }
}

const at = (model: string, step: string) => `/api/models/${encodeURIComponent(model)}/${step}`

/** Brings a staged version in: at once, as a shadow, or for a share of the assets. */
export async function activate(
  io: Io,
  model: string,
  version: string,
  options: StepOptions & { shadow?: boolean; canary?: number },
): Promise<Turned> {
  const { shadow, canary } = options
  if (shadow && canary !== undefined)
    throw new EdgewrightError('request-invalid', 'a version is a shadow or a canary, not both', {
      hint: 'Give one of --shadow and --canary.',
    })
  const who = asked(options, 'activated from the command line')
  const request: ActivateRequest =
    canary !== undefined
      ? { version, mode: 'canary', percent: canary, ...who }
      : { version, mode: shadow ? 'shadow' : 'replace', ...who }
  const turned = await connect(io, options).json<Turned>('POST', at(model, 'activate'), request)
  if (!io.json) io.print(words(model, turned, request))
  return turned
}

function words(model: string, { from, to, ms }: Turned, request: ActivateRequest): string {
  if (request.mode === 'shadow')
    return `${model} ${to} runs in the shadow of ${from}: it is compared and never served.`
  if (request.mode === 'canary')
    return `${model} ${to} answers ${request.percent} % of the assets, ${from} the others.`
  const instead = from === null ? '' : from === to ? ' again' : ` in place of ${from}`
  return `${model} ${to} answers${instead}, ${inMs(ms)} after the command.`
}

/** Back to the previous version. */
export async function rollback(io: Io, model: string, options: StepOptions): Promise<Turned> {
  const turned = await connect(io, options).json<Turned>('POST', at(model, 'rollback'), asked(options, ''))
  if (!io.json)
    io.print(
      `${model} is back at ${turned.to} after ${inMs(turned.ms)}; ${turned.from} is held until somebody activates it.`,
    )
  return turned
}

export async function promote(io: Io, model: string, options: StepOptions): Promise<Turned> {
  const who = asked(options, 'promoted from the command line')
  const turned = await connect(io, options).json<Turned>('POST', at(model, 'promote'), who)
  if (!io.json)
    io.print(
      `${model} ${turned.to} answers in place of ${turned.from}, ${inMs(turned.ms)} after the command.`,
    )
  return turned
}

export async function abort(io: Io, model: string, options: StepOptions): Promise<ModelSummary> {
  const who = asked(options, 'aborted from the command line')
  const summary = await connect(io, options).json<ModelSummary>('POST', at(model, 'abort'), who)
  if (!io.json) io.print(`${model} ${summary.slots.staged?.version} waits again; ${whoAnswers(summary)}.`)
  return summary
}

/** Rehearses the way back. */
export async function drill(io: Io, model: string, options: StepOptions): Promise<Turned> {
  const who = asked(options, 'a drill from the command line')
  const turned = await connect(io, options).json<Turned>('POST', at(model, 'drill'), who)
  if (!io.json)
    io.print(`${model}: the way back to ${turned.to} took ${inMs(turned.ms)}; ${turned.from} answers again.`)
  return turned
}
