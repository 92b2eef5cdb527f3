import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { useWho } from '../words.ts'

/** As the runtime writes them: `guardrail ID (decided by NAME)`. */
const byGuardrail = /^guardrail (\S+) \(decided by (.*)\)$/

/** Who or what moved a version: a person by name, a guardrail by its title, the runtime's own roles in words. */
export function useActor(model: Pick<ModelSummary, 'guardrails'>): (by: string) => string {
  const { t, i18n } = useTranslation()
  const who = useWho()
  return (by) => {
    const [, id, decided = ''] = byGuardrail.exec(by) ?? []
    if (id === undefined) return who(by)
    const title = model.guardrails.find((each) => each.id === id)?.title
    return t('actor.guardrail', { title: title ? say(title, i18n.language) : id, decided })
  }
}
