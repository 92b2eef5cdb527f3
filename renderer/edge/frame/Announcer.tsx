import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { byUrgency } from '../alert/order.ts'
import { useActiveAlerts } from '../data/queries.ts'
import { alertTitle } from '../words.ts'

/** Said at once at most; a flood is not read out one by one. */
const saidAtOnce = 3

/** Tells a screen reader of alerts that nobody has acknowledged, once each, without taking the focus. */
export function Announcer() {
  const { t, i18n } = useTranslation()
  const { data } = useActiveAlerts()
  const known = useRef<Set<string> | null>(null)
  const [text, setText] = useState('')
  useEffect(() => {
    if (!data) return
    const open = data.filter(({ state }) => state === 'unacknowledged')
    const before = known.current
    known.current = new Set(open.map(({ id }) => id))
    if (!before) return
    const fresh = open.filter(({ id }) => !before.has(id)).sort(byUrgency)
    if (fresh.length === 0) return
    const words = (alert: Alert) =>
      t('announce.raised', {
        priority: t(`priority.${alert.priority}`),
        title: alertTitle(alert, i18n.language),
      })
    setText(fresh.slice(0, saidAtOnce).map(words).join('. '))
  }, [data, t, i18n.language])
  return (
    <p className="sr" role="status" aria-live="polite" data-announcer="">
      {text}
    </p>
  )
}
