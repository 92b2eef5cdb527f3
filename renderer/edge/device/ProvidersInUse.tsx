import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { chosenTrial, providerName } from '../versions/figures.ts'
import { useFormat } from '../words.ts'

/** Which processor runs each model, and why that one. */
export function ProvidersInUse({ models }: { models: readonly ModelSummary[] }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  return (
    <section>
      <h2>{t('inUse.title')}</h2>
      <dl className="in-use">
        {models.flatMap(({ id, title, slots: { running } }) => {
          if (!running) return []
          const { qualification, provider, version } = running
          const latency = chosenTrial(qualification)?.latency
          return [
            <div key={id}>
              <dt>
                {say(title, i18n.language)} {version}
              </dt>
              <dd>
                {latency
                  ? t('slot.on', { time: format.ms(latency.oneMs), provider: providerName(provider) })
                  : t('slot.untimed', { provider: providerName(provider) })}
                {qualification && (
                  <span className="muted" lang="en">
                    {'. '}
                    {qualification.reason}
                  </span>
                )}
              </dd>
            </div>,
          ]
        })}
      </dl>
    </section>
  )
}
