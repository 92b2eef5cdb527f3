import { EdgewrightError } from '#core/contracts/errors.ts'
import { shownFingerprint } from '#core/contracts/fleet.ts'
import type { EnrolmentStanding } from '#core/contracts/sync.ts'
import { connect } from './edge-client.ts'
import type { Io } from './io.ts'

export interface EnrolOptions {
  recover?: boolean
  leave?: boolean
  edge?: string
  data?: string
}

/** Lets a machine join a fleet, leave it, or says how it stands. */
export async function enrol(
  io: Io,
  code: string | undefined,
  options: EnrolOptions,
): Promise<EnrolmentStanding> {
  if (options.leave && code !== undefined)
    throw new EdgewrightError('request-invalid', 'a join code and --leave contradict each other', {
      hint: 'Give one of them.',
    })
  const client = connect(io, options)
  const given = code ?? (options.leave ? undefined : io.env['EDGEWRIGHT_JOIN'])
  const standing = await (options.leave
    ? client.json<EnrolmentStanding>('DELETE', '/api/enrol')
    : given === undefined
      ? client.json<EnrolmentStanding>('GET', '/api/enrol')
      : client.json<EnrolmentStanding>('POST', '/api/enrol', {
          code: given,
          ...(options.recover && { recover: true }),
        }))
  if (!io.json) for (const line of inWords(standing)) io.print(line)
  return standing
}

function inWords({
  state,
  central,
  device,
  site,
  groups,
  problem,
  clockOffsetMs,
}: EnrolmentStanding): string[] {
  const fingerprint = device === null ? 'none yet' : shownFingerprint(device)
  const first = {
    'not-enrolled':
      central === null ? 'This machine is in no fleet.' : `This machine is not enrolled at ${central}.`,
    waiting: `Enrolled at ${central}. An admin there compares this machine's fingerprint and confirms it.`,
    enrolled: `Enrolled at ${central}.`,
    refused: `Enrolled at ${central}, and refused there.`,
  }[state]
  return [
    first,
    `Fingerprint  ${fingerprint}`,
    ...(device === null ? [] : [`             ${device}`]),
    ...(site === null
      ? []
      : [`Site         ${site}${groups.length > 0 ? `, groups ${groups.join(', ')}` : ''}`]),
    ...(clockOffsetMs !== null && Math.abs(clockOffsetMs) >= 2000
      ? [
          `Clock        ${(Math.abs(clockOffsetMs) / 1000).toFixed(0)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} central's`,
        ]
      : []),
    ...(problem === null ? [] : [`Problem      ${problem}`]),
  ]
}
