import type { RolloutDetail, RolloutGroup, RolloutMachine, RolloutSummary } from '#core/contracts/rollout.ts'

/** Rollouts in lines of text. */

export const summaryLine = ({ id, model, version, text, proposedBy, createdAt }: RolloutSummary): string =>
  `${String(id).padStart(4)}  ${`${model} ${version}`.padEnd(28)} ${text}  (${proposedBy}, ${createdAt.slice(0, 10)})`

export function detailLines(detail: RolloutDetail): string[] {
  const { id, model, version, text, reason, proposedBy, groups, failures, signing } = detail
  return [
    `Rollout ${id}: ${model} ${version}, proposed by ${proposedBy}: ${reason}`,
    `  ${text}`,
    ...groups.flatMap(groupLines),
    ...(failures.length > 0 ? ['Failures:'] : []),
    ...failures.map((one) => `  ${one.machines} ${one.state}: ${one.reason || 'no reason is known'}`),
    ...(signing.length > 0 ? ['To be signed:'] : []),
    ...signing.map(({ why, hint }) => `  ${why}. ${hint}`),
  ]
}

function groupLines({ name, state, machines, counts, figures, waitsFor, skipped }: RolloutGroup): string[] {
  const by = Object.entries(counts).map(([what, n]) => `${n} ${what}`)
  const of = state === 'wait' ? `${machines} machines as it is now` : by.join(', ') || 'no machine'
  return [
    `${name}: ${state}${skipped ? ` by ${skipped.by} (${skipped.reason})` : ''}; ${of}`,
    ...(state === 'active' ? figures.map((one) => `  ${one.met ? '*' : '-'} ${one.text}`) : []),
    ...waitsFor.map((what) => `  waits: ${what}`),
  ]
}

export const machineLine = ({
  site,
  machine,
  state,
  running,
  reason,
  by,
  accepted,
}: RolloutMachine): string =>
  [
    `  ${site.padEnd(12)} ${machine.padEnd(20)} ${state.padEnd(22)} runs ${running ?? 'nothing'}`,
    ...(reason === null ? [] : [`: ${reason}`]),
    ...(by === null ? [] : [` (${by})`]),
    ...(accepted ? [', accepted'] : []),
  ].join('')
