import type { Alert } from '#core/contracts/alert.ts'
import type { GuardrailAction } from '#core/contracts/guardrail.ts'
import type { Manifest, Priority } from '#core/contracts/manifest.ts'
import { type Firing, limitOf } from '../deploy/guardrails/firing.ts'
import { firingInWords, type Language } from '../deploy/guardrails/words.ts'
import type { Journal } from '../journal/journal.ts'
import { type AlertChange, anew, moved, noted } from './change.ts'
import { next } from './lifecycle.ts'

/** What the action of a guardrail came to. */
export type Outcome =
  | { kind: 'rolled-back'; to: string; ms: number }
  /** The version was taken out: rules answer now, or nobody does. */
  | { kind: 'withdrawn'; answeredBy: 'rules' | 'nobody' }
  | { kind: 'failed'; why: string }

export interface FiredGuardrail {
  /** Of the version that the guardrail belongs to. */
  manifest: Manifest
  firing: Firing
  /** Of a rollback or fallback. Absent: nothing was done by itself. */
  outcome?: Outcome
}

interface Around {
  journal: Journal
  now: () => number
  randomUUID: () => string
}

/** The rule that an alert of this guardrail names; no rule of a manifest can be called so. */
export const guardrailRule = (guardrail: string): string => `guardrail:${guardrail}`
/** About the model itself: of a guardrail, or a notice. A rule of a manifest has no colon in its id. */
export const isAboutModel = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.includes(':')
export const isOfGuardrail = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.startsWith(guardrailRule(''))

/** The guardrails of one version among its alerts. */
export const guardrailsIn = (alerts: readonly Alert[], version: string): { id: string; since: string }[] =>
  alerts
    .filter((alert) => isOfGuardrail(alert) && alert.model.version === version)
    .map(({ rule, raisedAt }) => ({ id: rule.slice(guardrailRule('').length), since: raisedAt }))

/** What acted by itself is to be seen at once; what only asks for an eye, within a shift. */
const urgency: Record<GuardrailAction, { priority: Priority; respondWithinMin: number }> = {
  rollback: { priority: 'high', respondWithinMin: 15 },
  fallback: { priority: 'high', respondWithinMin: 15 },
  alert: { priority: 'medium', respondWithinMin: 60 },
  'request-retraining': { priority: 'low', respondWithinMin: 480 },
}

/** What raising it changes; nothing where its alert stands already. A version that is gone has nothing more to fire about. */
export function guardrailRaised(
  open: Alert | undefined,
  fired: FiredGuardrail,
  { journal, now, randomUUID }: Around,
): AlertChange[] {
  if (open && !next(open.state, 'raised')) return []
  const [by, timeMs] = ['runtime', now()]
  const { guardrail } = fired.firing
  const trackRecord = journal.trackRecord(fired.manifest.id, guardrailRule(guardrail.id))
  const { id, ...fields } = { ...guardrailAlert(fired, timeMs), id: open?.id ?? randomUUID(), trackRecord }
  const detail = { guardrail: guardrail.id, decidedBy: guardrail.decidedBy }
  const raised = open
    ? moved(anew(open), 'raised', { by, timeMs, fields: { ...fields, ...standing(open) }, detail })
    : noted({ id, ...fields }, 'alert.raised', { by, timeMs, detail })
  const { outcome } = fired
  if (outcome?.kind !== 'rolled-back' && outcome?.kind !== 'withdrawn') return [raised]
  return [
    raised,
    ...guardrailCleared(raised.alert, `version ${fired.manifest.version} no longer answers`, timeMs),
  ]
}

/** What clearing it changes; nothing where it does not stand. */
export function guardrailCleared(open: Alert | undefined, why: string, timeMs: number): AlertChange[] {
  if (!open || open.clearedAt !== undefined || !next(open.state, 'cleared')) return []
  const fields = { clearedAt: new Date(timeMs).toISOString() }
  return [moved(open, 'cleared', { by: 'runtime', timeMs, fields, detail: { why } })]
}

/** What a card on the shelf keeps. */
const standing = (open: Alert): Partial<Alert> =>
  open.state === 'shelved' ? { raisedAt: open.raisedAt, respondBy: open.respondBy } : {}

/** The card of an alert about the model itself. Pure. */
export function guardrailAlert(
  { manifest, firing, outcome }: FiredGuardrail,
  nowMs: number,
): Omit<Alert, 'id'> {
  const { guardrail, value, n, from, to } = firing
  const { when, decidedBy } = guardrail
  const limit = limitOf(guardrail)
  const { priority, respondWithinMin } = urgency[guardrail.then]
  const escalateTo = manifest.people.escalation
  const both = (say: (language: Language) => string) => ({ en: say('en'), de: say('de') })
  return {
    state: 'unacknowledged',
    priority,
    model: { id: manifest.id, version: manifest.version, title: manifest.title },
    rule: guardrailRule(guardrail.id),
    asset: manifest.id,
    title: guardrail.title,
    cause: both((language) => firingInWords(firing, language)),
    consequence: both(
      (language) =>
        `${done(language, manifest.version, guardrail.then, outcome)} ${decided[language]} ${decidedBy.name}.`,
    ),
    actions: guardrail.actions,
    owner: manifest.people.owner.name,
    direction: when.above === undefined ? 'below' : 'above',
    raiseLevel: limit,
    clearLevel: when.clear ?? limit,
    score: value,
    guardrail: { metric: when.metric, value, limit, n, from, to, action: guardrail.then, decidedBy },
    readingId: '',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    raisedAt: new Date(nowMs).toISOString(),
    respondWithinMin,
    respondBy: new Date(nowMs + respondWithinMin * 60_000).toISOString(),
    ...(escalateTo && { escalateTo }),
  }
}

const decided = { en: 'Decided beforehand by', de: 'Im Voraus entschieden von' } as const

/** What was done by itself, in words. */
function done(language: Language, version: string, action: GuardrailAction, outcome?: Outcome): string {
  const en = language === 'en'
  if (outcome?.kind === 'rolled-back')
    return en
      ? `Version ${version} was taken back by itself in ${ms(outcome.ms)}: version ${outcome.to} answers.`
      : `Version ${version} wurde von selbst in ${ms(outcome.ms)} zurückgenommen: Version ${outcome.to} antwortet.`
  if (outcome?.kind === 'withdrawn')
    return withdrawn[outcome.answeredBy][language].replace('{version}', version)
  if (outcome?.kind === 'failed') {
    const [back, rules] = en
      ? ['taken back', 'replaced by the rules']
      : ['zurückgenommen', 'durch die Regeln ersetzt']
    const what = action === 'rollback' ? back : rules
    return en
      ? `Version ${version} should have been ${what} by itself, and could not be: ${outcome.why}.`
      : `Version ${version} sollte von selbst ${what} werden; das ging nicht: ${outcome.why}.`
  }
  if (action === 'request-retraining')
    return en
      ? `Version ${version} still answers. A new training was requested.`
      : `Version ${version} antwortet weiter. Ein neues Training wurde angefordert.`
  return en
    ? `Version ${version} still answers: nothing was changed by itself.`
    : `Version ${version} antwortet weiter: von selbst wurde nichts geändert.`
}

const withdrawn = {
  rules: {
    en: 'Version {version} was taken out by itself: simple rules answer.',
    de: 'Version {version} wurde von selbst herausgenommen: einfache Regeln antworten.',
  },
  nobody: {
    en: 'Version {version} was taken out by itself: nobody answers. Follow the manual procedure.',
    de: 'Version {version} wurde von selbst herausgenommen: niemand antwortet. Arbeiten Sie nach dem manuellen Verfahren.',
  },
} as const

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
