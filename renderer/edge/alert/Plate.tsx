import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert, AlertState } from '#core/contracts/alert.ts'
import { Shape } from '../../ui/Shape.tsx'
import { rank } from './order.ts'

const fills: Readonly<Record<AlertState, string>> = {
  unacknowledged: 'unack',
  acknowledged: 'acked',
  'returned-unacknowledged': 'returned',
  shelved: 'shelved',
  suppressed: 'shelved',
  'out-of-service': 'shelved',
  normal: 'shelved',
}

/** Priority as colour, shape and word; the fill tells the state. */
export function Plate({ alert, children }: { alert: Alert; children: ReactNode }) {
  const { t } = useTranslation()
  const p = rank[alert.priority]
  return (
    <div className={`plate ${fills[alert.state]}`} data-p={p}>
      <span className="word">
        <Shape p={p} big />
        {t(`priority.${alert.priority}`)}
      </span>
      {children}
    </div>
  )
}
