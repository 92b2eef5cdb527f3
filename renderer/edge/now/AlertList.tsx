import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Button } from '../../ui/Button.tsx'
import { steadyList } from '../alert/order.ts'
import { useServerNow } from '../client/context.ts'
import { AlertCard } from './AlertCard.tsx'
import { Flood } from './Flood.tsx'
import { isFlood } from './flood.ts'
import { useAcknowledgeKey } from './use-acknowledge-key.ts'
import { useHeld } from './use-held.ts'

/** Cards that are drawn; what lies below is counted in words. */
const drawn = 50

interface Props {
  alerts: readonly Alert[]
  onLook: (id: string) => void
}

export function AlertList({ alerts, onLook }: Props) {
  const { t } = useTranslation()
  const nowMs = useServerNow()
  const { held, onPointerDown } = useHeld()
  const [shown, setShown] = useState<readonly Alert[]>([])
  const [each, setEach] = useState(false)
  const region = useRef<HTMLElement>(null)
  const cards = steadyList(shown, alerts, held)
  if (!held && !same(cards, shown)) setShown(cards)
  const first = cards.find(({ state }) => state !== 'acknowledged')
  const flood = isFlood(alerts, nowMs)
  useAcknowledgeKey(flood && !each ? undefined : first?.id)
  useKeptFocus(region, cards)
  if (flood && !each) return <Flood alerts={cards} nowMs={nowMs} onShowEach={() => setEach(true)} />
  return (
    <section
      className="list"
      aria-label={t('now.list')}
      ref={region}
      tabIndex={-1}
      onPointerDown={onPointerDown}
    >
      {flood && <Button onPress={() => setEach(false)}>{t('flood.hide')}</Button>}
      {cards.slice(0, drawn).map((alert) => (
        <AlertCard
          key={alert.id}
          alert={alert}
          first={alert.id === first?.id}
          onLook={() => onLook(alert.id)}
        />
      ))}
      {cards.length > drawn && <p className="muted more">{t('now.more', { count: cards.length - drawn })}</p>}
    </section>
  )
}

function same(a: readonly Alert[], b: readonly Alert[]): boolean {
  return a.length === b.length && a.every((alert, i) => alert === b[i])
}

/** Where the card that had the focus is gone, the list has it: the next key does not start from the top of the page. */
function useKeptFocus(region: React.RefObject<HTMLElement | null>, cards: readonly Alert[]): void {
  const had = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it looks after each change of the cards
  useEffect(() => {
    const { current } = region
    if (had.current && document.activeElement === document.body) current?.focus()
    const note = () => {
      had.current = current?.contains(document.activeElement) ?? false
    }
    note()
    document.addEventListener('focusin', note)
    return () => document.removeEventListener('focusin', note)
  }, [cards])
}
