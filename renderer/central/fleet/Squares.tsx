import { useNavigate } from '@tanstack/react-router'
import { memo, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Square } from '#core/contracts/fleet.ts'
import { outlines } from '../../ui/Shape.tsx'

const rank = { high: 1, medium: 2, low: 3 } as const
const perRow = 22
const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -perRow,
  ArrowDown: perRow,
}

interface Props {
  squares: readonly Square[]
  label: string
}

/**
 * One square for each machine. The site is one stop for the Tab key, arrows go through its machines, Enter opens one; whoever
 * needs larger targets finds the same machines in the table behind the site's name.
 */
export function Squares({ squares, label }: Props) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const base = useId()
  const [active, setActive] = useState<number | null>(null)
  const shown = active === null ? undefined : squares[active]
  const open = (square: Square | undefined) => {
    if (square) void navigate({ to: '/machines/$device', params: { device: square.device } })
  }
  const onKey = (event: React.KeyboardEvent) => {
    const last = squares.length - 1
    const at = active ?? 0
    if (event.key === 'Enter' || event.key === ' ') open(shown)
    else if (event.key === 'Escape') setActive(null)
    else if (event.key === 'Home') setActive(0)
    else if (event.key === 'End') setActive(last)
    else if (event.key in steps) setActive(Math.min(last, Math.max(0, at + steps[event.key]!)))
    else return
    event.preventDefault()
  }
  const indexOf = (target: EventTarget) =>
    target instanceof Element ? target.closest<HTMLElement>('[data-i]')?.dataset['i'] : undefined
  return (
    <div className="cells-wrap">
      <div
        className="cells"
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={active === null ? undefined : `${base}-${active}`}
        onKeyDown={onKey}
        onFocus={() => setActive((before) => before ?? 0)}
        onBlur={() => setActive(null)}
        onPointerOver={({ target }) => {
          const i = indexOf(target)
          if (i !== undefined) setActive(Number(i))
        }}
        onPointerLeave={({ currentTarget }) => {
          if (currentTarget !== document.activeElement) setActive(null)
        }}
        onClick={({ target }) => {
          const i = indexOf(target)
          if (i !== undefined) open(squares[Number(i)])
        }}
      >
        {squares.map((square, i) => (
          <Cell
            key={square.device}
            id={`${base}-${i}`}
            i={i}
            square={square}
            on={i === active}
            says={`${square.name}: ${t(`presence.${square.presence}`)}${
              square.state === 'enrolled' ? '' : `, ${t(`deviceState.${square.state}`)}`
            }${square.alert === null ? '' : `, ${t(`alertOf.${square.alert}`)}`}`}
          />
        ))}
      </div>
      {shown && active !== null && (
        <span
          className={active % perRow > perRow / 2 ? 'tip end' : 'tip'}
          aria-hidden="true"
          style={{ '--at': active % perRow, '--row': Math.floor(active / perRow) } as React.CSSProperties}
        >
          <b>{shown.name}</b> {t(`presence.${shown.presence}`)}
          {shown.state !== 'enrolled' && `, ${t(`deviceState.${shown.state}`)}`}
          {shown.alert !== null && `, ${t(`alertOf.${shown.alert}`)}`}
        </span>
      )}
    </div>
  )
}

interface CellProps {
  id: string
  i: number
  square: Square
  on: boolean
  says: string
}

const Cell = memo(function Cell({ id, i, square: { presence, alert, state }, on, says }: CellProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus, and names the active one
    <span id={id} data-i={i} role="option" aria-selected={on} aria-label={says}>
      {alert === null ? (
        <i className={`dot ${presence}${state === 'quarantined' ? ' barred' : ''}`} />
      ) : (
        <svg className="shape" data-p={rank[alert]} viewBox="0 0 40 40" aria-hidden="true">
          <path d={outlines[rank[alert]]} />
        </svg>
      )}
    </span>
  )
})
