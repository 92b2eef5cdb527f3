import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import { Button } from '../../ui/Button.tsx'
import { useEdge, useLink, useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'

/** Takes the strip's place, so that nothing below it moves: what the strip says is old now anyway. */
export function LinkBanner({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { state, unreadable } = useLink()
  const { link } = useEdge()
  const nowMs = useServerNow()
  if (state !== 'lost' && !unreadable) return null
  const age = format.age(Math.max(0, nowMs - status.serverTimeMs))
  return (
    <div className="link-lost" role="alert">
      {/* The ticking age is not said again and again. */}
      {state === 'lost' ? (
        <p>
          <span className="sr">{t('link.never')}</span>
          <span aria-hidden="true">{t('link.lost', { age })}</span>
        </p>
      ) : (
        <p>{t('link.unreadable')}</p>
      )}
      <Button onPress={() => (state === 'lost' ? link.start() : window.location.reload())}>
        {t(state === 'lost' ? 'button.retry' : 'button.reload')}
      </Button>
    </div>
  )
}
