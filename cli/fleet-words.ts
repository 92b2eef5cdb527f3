import type {
  DeviceDetail,
  DeviceModel,
  DeviceSummary,
  FleetSummary,
  PresenceCounts,
} from '#core/contracts/fleet.ts'
import { shownFingerprint } from '#core/contracts/fleet.ts'

const presences = ['online', 'updating', 'late', 'offline', 'never'] as const

export const countsInWords = (counts: PresenceCounts): string =>
  presences
    .filter((presence) => counts[presence] > 0)
    .map((presence) => `${counts[presence]} ${presence === 'never' ? 'never heard of' : presence}`)
    .join(', ') || 'none'

const ofModel = ({ id, running, state, held, progress, answeredBy }: DeviceModel): string =>
  [
    `${id} ${running ?? '(none runs)'}${state === 'trial' ? ' on trial' : ''}`,
    ...(answeredBy === 'model' ? [] : [`answered by ${answeredBy}`]),
    ...(held ? [`${held.version} held`] : []),
    ...(progress && !(progress.state === 'held' && progress.version === held?.version)
      ? [`${progress.version} ${progress.state}`]
      : []),
  ].join(', ')

/** One line for a machine in a list. */
export function deviceLine({ device, name, site, state, presence, models, problems }: DeviceSummary): string {
  const how = state === 'enrolled' ? presence : state
  const what = models.map(ofModel).join('; ') || '-'
  const more = problems.length > 0 ? `  ! ${problems.length}` : ''
  return `${device.slice(0, 12)}  ${site.padEnd(16)} ${name.padEnd(24)} ${how.padEnd(12)} ${what}${more}`
}

export function deviceLines(detail: DeviceDetail): string[] {
  const { device, name, site, groups, labels, state, why, presence, report } = detail
  const offset = detail.clockOffsetMs
  return [
    `${name} at ${site}: ${state}${why === null ? '' : ` (${why})`}, ${presence}`,
    `Fingerprint: ${shownFingerprint(device)}`,
    `Device: ${device}`,
    `Groups: ${[detail.ownGroup, ...groups].join(', ')}`,
    ...(labels.length > 0 ? [`Labels: ${labels.join(', ')}`] : []),
    `Last heard of: ${detail.lastSeenAt ?? 'never'}${offset === null ? '' : `; its clock minus central's: ${Math.round(offset)} ms`}`,
    ...(report
      ? [`Runs Edgewright ${report.version} on ${report.platform}; report of ${detail.reportAt}`]
      : []),
    ...(detail.waiting === null ? [] : [`Items waiting to be sent: ${detail.waiting}`]),
    ...detail.models.map((model) => `Model: ${ofModel(model)}`),
    ...detail.models.flatMap(({ held }) =>
      held ? [`Held: ${held.version} by ${held.by} since ${held.since}: ${held.reason}`] : [],
    ),
    ...detail.problems.map(({ text }) => `Problem: ${text}`),
    ...detail.epochs.map(
      ({ epoch, startedAt, why: because, streams }) =>
        `Journal ${epoch.slice(0, 8)} since ${startedAt} (${because}): ${streams.map(({ stream, ack }) => `${stream} ${ack}`).join(', ') || 'nothing here yet'}`,
    ),
    ...detail.checkpoints
      .slice(0, 1)
      .map(({ counter, at, countersignedAt }) =>
        countersignedAt === null
          ? `Checkpoint ${counter} of ${at}, not countersigned`
          : `Checkpoint ${counter} of ${at}, countersigned ${countersignedAt}`,
      ),
    ...detail.log.map(({ at, kind, by, body }) => {
      const reason = body['reason']
      return `${at}  ${kind} by ${by}${typeof reason === 'string' ? `: ${reason}` : ''}`
    }),
  ]
}

export function fleetLines({
  machines,
  presence,
  waiting,
  quarantined,
  alerts,
  sites,
}: FleetSummary): string[] {
  return [
    `${machines} machines: ${countsInWords(presence)}`,
    ...(waiting > 0 ? [`${waiting} wait for their fingerprint to be confirmed`] : []),
    ...(quarantined > 0 ? [`${quarantined} in quarantine`] : []),
    `Alerts open: ${alerts.high} high, ${alerts.medium} medium, ${alerts.low} low`,
    ...sites.map(
      ({ site, machines: n, presence: of, problems }) =>
        `${site.padEnd(24)} ${String(n).padStart(5)}  ${countsInWords(of)}${problems > 0 ? `; ${problems} to look at` : ''}`,
    ),
  ]
}
