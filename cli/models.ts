import type { ModelsList } from '#core/contracts/api.ts'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { connect } from './edge-client.ts'
import type { Io } from './io.ts'
import { whoAnswers } from './who-answers.ts'

/** Which models an edge has, in which versions, and the way back. */
export async function models(io: Io, options: { edge?: string; data?: string }): Promise<ModelsList> {
  const list = await connect(io, options).json<ModelsList>('GET', '/api/models')
  if (!io.json) for (const line of list.models.flatMap(lines)) io.print(line)
  if (!io.json && list.models.length === 0) io.print('No model is on this edge.')
  return list
}

function lines(model: ModelSummary): string[] {
  const { running, previous, staged } = model.slots
  const shown = [
    ['running', running],
    ['previous', previous],
    ['staged', staged],
  ] as const
  return [
    `${model.id} (${say(model.title, 'en')}): ${whoAnswers(model)}${model.why === undefined ? '' : `, ${model.why}`}`,
    ...shown.flatMap(([name, slot]) =>
      slot ? [`  ${name.padEnd(9)} ${slot.version.padEnd(10)} ${standing(slot)}`] : [],
    ),
    ...(model.rollback ? [`  back to   ${model.rollback.to.padEnd(10)} ${model.rollback.text}`] : []),
  ]
}

function standing({ deployment, provider, digest, damaged }: Slot): string {
  const { state, since } = deployment
  const why = 'reason' in deployment ? `: ${deployment.reason}` : ''
  const trial =
    state === 'running' && deployment.trialUntil ? `, on trial until ${deployment.trialUntil}` : ''
  const share = state === 'canary' ? ` for ${deployment.percent} %` : ''
  return `${state}${share} since ${since}${trial}${why} (${provider}, ${digest.slice(0, 12)})${damaged === undefined ? '' : `, damaged: ${damaged}`}`
}
