import type { NoAnswer } from './no-answer.ts'
import { ShareBar } from './ShareBar.tsx'
import './said.css'

/** That the newest reading has no answer, and why. */
export function WhyNot({ missing, big = false }: { missing: NoAnswer; big?: boolean }) {
  const { title, why, share } = missing
  return (
    <div className={big ? 'why-not big' : 'why-not'}>
      <p className={big ? 'say' : 'strong'}>
        <span className="hatched wide">{title}</span>
      </p>
      {why.map((sentence) => (
        <p className="muted" key={sentence}>
          {sentence}
        </p>
      ))}
      {big && share !== undefined && <ShareBar share={share} />}
    </div>
  )
}
