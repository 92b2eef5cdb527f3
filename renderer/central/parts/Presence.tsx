import { useTranslation } from 'react-i18next'
import type { Presence } from '#core/contracts/central.ts'

/** Solid, half, hatched, hollow, dotted: told apart without colour. */
export function PresenceDot({ presence }: { presence: Presence }) {
  return <i className={`dot ${presence}`} aria-hidden="true" />
}

export function PresenceWord({ presence }: { presence: Presence }) {
  const { t } = useTranslation()
  return (
    <span className="with-dot">
      <PresenceDot presence={presence} />
      {t(`presence.${presence}`)}
    </span>
  )
}
