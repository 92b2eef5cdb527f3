import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'

/** About the model itself, its asset being the model's id: of a guardrail, or a notice. No rule of a package has a colon in its id. */
export const isAboutModel = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.includes(':')

/** About a version, by the runtime itself (`version:taken-back`, `version:damaged`). It predicts nothing, so nobody is asked whether it was real. */
export const isNotice = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.startsWith('version:')

/** `Mill 3`; of an alert about the model itself the model's title. */
export const subjectName = (alert: Pick<Alert, 'asset' | 'rule' | 'model'>, language: string): string =>
  isAboutModel(alert) ? say(alert.model.title, language) : alert.asset
