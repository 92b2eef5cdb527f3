import { type Choose, type RolloutPlanInput, rolloutPlanSchema } from '#core/contracts/rollout.ts'
import { wordsOf } from '../fleet/words-of.ts'

/** A group as it is being written: what stands in the fields, as text. */
export interface GroupDraft {
  key: number
  name: string
  percent: string
  sites: readonly string[]
  labels: string
  soakH: string
  minimumN: string
  maxFailures: string
  alertsPercent: string
  alertsReadings: string
  approvals: string
}

export interface Draft {
  model: string
  version: string
  groups: readonly GroupDraft[]
  approvals: string
  activate: 'at-once' | 'by-technician'
  reason: string
}

const group = (key: number, name: string, percent: string, fields: Partial<GroupDraft> = {}): GroupDraft => ({
  ...{ key, name, percent, sites: [], labels: '', soakH: '24', minimumN: '1', maxFailures: '1' },
  ...{ alertsPercent: '20', alertsReadings: '1000', approvals: '0' },
  ...fields,
})

/** A few machines first, then a quarter, then the rest: enough of a beginning for most. */
export const firstDraft = (names: readonly [string, string, string]): Draft => ({
  ...{ model: '', version: '', approvals: '1', activate: 'at-once', reason: '' },
  groups: [
    group(1, names[0], '5'),
    group(2, names[1], '25', { maxFailures: '2' }),
    group(3, names[2], '', { maxFailures: '2' }),
  ],
})

export const anotherGroup = (groups: readonly GroupDraft[], name: string): GroupDraft =>
  group(Math.max(0, ...groups.map(({ key }) => key)) + 1, name, '')

const asNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.replace(',', '.')))

/** Nothing named: all of the rest. */
export function chooseOf({ percent, sites, labels }: GroupDraft): Choose {
  const words = wordsOf(labels)
  return {
    ...(sites.length > 0 && { sites: [...sites] }),
    ...(words.length > 0 && { labels: words }),
    ...(percent.trim() !== '' && { percent: asNumber(percent) }),
  }
}

export function planOf(draft: Draft): RolloutPlanInput {
  return {
    model: draft.model,
    version: draft.version,
    groups: draft.groups.map((each) => ({
      name: each.name,
      choose: chooseOf(each),
      gate: {
        soakMin: asNumber(each.soakH) * 60,
        minimumN: asNumber(each.minimumN),
        ...(each.maxFailures.trim() !== '' && { maxFailures: asNumber(each.maxFailures) }),
        ...(each.alertsPercent.trim() !== '' && {
          alertsAgainst: {
            percent: asNumber(each.alertsPercent),
            minimumReadings: asNumber(each.alertsReadings),
          },
        }),
        approvals: asNumber(each.approvals),
      },
    })),
    approvals: asNumber(draft.approvals),
    activate: draft.activate,
    reason: draft.reason,
  }
}

/** Fields by their path in the plan, as `groups.1.gate.soakMin`. */
export type Problem =
  | 'model'
  | 'version'
  | 'reason'
  | 'name'
  | 'names'
  | 'percent'
  | 'labels'
  | 'soak'
  | 'minimumN'
  | 'maxFailures'
  | 'alerts'
  | 'approvals'

const problemOf = (path: readonly PropertyKey[]): Problem => {
  const words: Readonly<Record<string, Problem>> = {
    ...{ model: 'model', version: 'version', reason: 'reason', name: 'name', percent: 'percent' },
    ...{ labels: 'labels', soakMin: 'soak', minimumN: 'minimumN', maxFailures: 'maxFailures' },
    ...{ alertsAgainst: 'alerts', approvals: 'approvals' },
  }
  const named = path.map(String).find((part) => part !== 'groups' && part in words)
  return words[named ?? ''] ?? 'names'
}

/** What is not yet as it must be, first the fields above: the problem, and the group it stands in (index; null: none). */
export function problemsOf(draft: Draft): { problem: Problem; group: number | null }[] {
  const parsed = rolloutPlanSchema.safeParse(planOf(draft))
  if (parsed.success) return []
  const found = parsed.error.issues.map(({ path }) => ({
    problem: problemOf(path),
    group: path[0] === 'groups' && typeof path[1] === 'number' ? path[1] : null,
  }))
  return found.filter((each, i) => found.findIndex((other) => same(each, other)) === i)
}

const same = (a: { problem: Problem; group: number | null }, b: typeof a) =>
  a.problem === b.problem && a.group === b.group
