import type { DeviceModel, DeviceProblem } from '#core/contracts/fleet.ts'
import type { DeviceReport } from '#core/contracts/sync.ts'

/** What a list needs of a machine's report. */
export interface Brief {
  version: string
  updating: boolean
  waitingItems: number
  alerts: DeviceReport['alerts']
  models: DeviceModel[]
  problems: DeviceProblem[]
}

type Model = DeviceReport['models'][number]

const bringing = new Set(['downloading', 'installing', 'activating'])
/** Streams whose items people wait for. */
const awaited = ['events', 'rollout', 'metrics']
const leastFreeBytes = 2 ** 30
const longBacklogMs = 3_600_000

/** A machine that counts nonsense must not break the sums of the others. */
const counted = (count: number): number => Math.min(Math.max(0, count), 10_000_000)

/** `machineMs`: the machine's own clock when it wrote the report. */
export function briefOf(report: DeviceReport, machineMs: number): Brief {
  const { version, alerts, updates, waiting } = report
  const models = report.models.map((model) => modelOf(model, updates.progress))
  return {
    version,
    updating: updates.busy || updates.progress.some(({ state }) => bringing.has(state)),
    waitingItems: counted(awaited.reduce((sum, stream) => sum + (waiting[stream]?.rows ?? 0), 0)),
    alerts: {
      high: counted(alerts.high),
      medium: counted(alerts.medium),
      low: counted(alerts.low),
      shelved: counted(alerts.shelved),
    },
    models,
    problems: [
      ...models.flatMap((model, n) => problemsOfModel(model, report.models[n]?.why)),
      ...problemsOfMachine(report, machineMs),
    ],
  }
}

function modelOf(
  { id, slots, answeredBy }: Model,
  progress: DeviceReport['updates']['progress'],
): DeviceModel {
  const { running, previous, staged } = slots
  const newest = running ?? staged ?? previous
  const deployment = running?.deployment
  const held = [staged, previous, running].find((slot) => slot?.deployment.state === 'rolled-back')
  const coming = progress.findLast(({ model, state }) => model === id && state !== 'done')
  return {
    id,
    running: running?.version ?? null,
    digest: running?.digest ?? null,
    state:
      deployment?.state === 'running' && deployment.trialUntil !== undefined
        ? 'trial'
        : (newest?.deployment.state ?? 'absent'),
    since: deployment?.since ?? null,
    previous: previous?.version ?? null,
    staged: staged?.version ?? null,
    held:
      held?.deployment.state === 'rolled-back'
        ? {
            version: held.version,
            digest: held.digest,
            since: held.deployment.since,
            by: held.deployment.by,
            reason: held.deployment.reason,
          }
        : null,
    answeredBy,
    progress: coming ? { version: coming.version, state: coming.state, reason: coming.reason ?? null } : null,
  }
}

function problemsOfModel(model: DeviceModel, why: string | undefined): DeviceProblem[] {
  const { id, held, answeredBy, progress } = model
  const say = (kind: DeviceProblem['kind'], text: string) => ({ kind, model: id, text })
  const because = why === undefined ? '' : `: ${why}`
  return [
    ...(answeredBy === 'nobody' ? [say('no-model', `Nobody answers for ${id}${because}`)] : []),
    ...(answeredBy === 'rules' ? [say('rules', `Fallback rules answer for ${id}${because}`)] : []),
    ...(held ? [say('held', `${id} ${held.version} is held by ${held.by}: ${held.reason}`)] : []),
    ...(progress?.state === 'failed'
      ? [
          say(
            'update-failed',
            `${id} ${progress.version} was not brought in: ${progress.reason ?? 'no reason told'}`,
          ),
        ]
      : []),
  ]
}

function problemsOfMachine(
  { updates, diskFreeBytes, allowUnsigned, waiting }: DeviceReport,
  machineMs: number,
): DeviceProblem[] {
  const say = (kind: DeviceProblem['kind'], text: string) => ({ kind, model: null, text })
  const { trust, lastCheck } = updates
  const oldest = waiting['events']?.oldestMs ?? null
  const problems: DeviceProblem[] = []
  if (trust === 'expired') problems.push(say('trust', 'What it trusts has expired: it takes nothing new.'))
  if (trust === 'damaged')
    problems.push(say('trust', 'What it trusted is lost: an admin there must give it its root again.'))
  if (lastCheck && !lastCheck.ok)
    problems.push(
      say('unreachable-updates', `It cannot fetch updates: ${lastCheck.problem ?? 'no reason told'}`),
    )
  if (diskFreeBytes !== null && diskFreeBytes < leastFreeBytes)
    problems.push(say('disk', `Only ${Math.round(diskFreeBytes / 2 ** 20)} MiB of its disk are free.`))
  if (allowUnsigned) problems.push(say('unsigned', 'It accepts packages that nobody signed.'))
  if (oldest !== null && machineMs - oldest > longBacklogMs)
    problems.push(
      say(
        'backlog',
        `Its oldest unsent event has waited for ${Math.round((machineMs - oldest) / 3_600_000)} h.`,
      ),
    )
  return problems
}
