interface Props {
  /** 0..1 */
  share: number
  /** Where an alert begins, 0..1. */
  level?: number | undefined
  /** Colours it: 1 high, 2 medium, 3 low; grey without. */
  p?: number | undefined
}

const percent = (share: number) => `${100 * Math.min(1, Math.max(0, share))}%`

/** A share of a whole; the figure beside it says the same. */
export function ShareBar({ share, level, p }: Props) {
  return (
    <span className="share" data-p={p || undefined} aria-hidden="true">
      <i style={{ width: percent(share) }} />
      {level !== undefined && <b style={{ left: percent(level) }} />}
    </span>
  )
}
