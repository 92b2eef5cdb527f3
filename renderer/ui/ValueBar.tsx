import type { Spread } from './format.ts'
import { barGeometry } from './value-bar.ts'

interface Props {
  value: number
  usual: Spread
  /** Colours the part outside: 1 high, 2 medium, 3 low; without it the bar stays grey. */
  p?: number | undefined
  /** Figures under the ends of the usual range. */
  ends?: [string, string]
}

/** A value against its usual range; the figures beside it say the same in words. */
export function ValueBar({ value, usual, p, ends }: Props) {
  const { mark, dev, off } = barGeometry(value, usual)
  return (
    <span className="range" data-p={p} aria-hidden="true">
      <i className="band" />
      {dev && p !== undefined && (
        <i className="dev" style={{ left: `${dev.left}%`, width: `${dev.width}%` }} />
      )}
      <i className={off ? `mark off ${off}` : 'mark'} style={{ left: `${mark}%` }} />
      {ends && (
        <>
          <b style={{ left: '25%' }}>{ends[0]}</b>
          <b style={{ left: '75%' }}>{ends[1]}</b>
        </>
      )}
    </span>
  )
}
