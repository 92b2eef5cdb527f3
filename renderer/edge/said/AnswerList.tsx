import type { Answer } from './answers.ts'
import { ShareBar } from './ShareBar.tsx'
import './said.css'

interface Props {
  answers: readonly Answer[]
  /** The class that an alert watches, with its level and words: it comes first. */
  watched?: { name: string; level: number; words: string } | undefined
  /** Colours the bar of what is watched. */
  p?: number | undefined
}

/** What the model said, one line each; the first one large. */
export function AnswerList({ answers, watched, p }: Props) {
  const isWatched = ({ name }: Answer) => name !== undefined && name === watched?.name
  const ordered = [...answers].sort((a, b) => Number(isWatched(b)) - Number(isWatched(a)))
  return (
    <dl className="answers">
      {ordered.map((answer, i) => {
        const level = isWatched(answer) ? watched : undefined
        return (
          <div key={answer.key} className={i === 0 ? 'lead' : undefined}>
            <dt>{answer.title}</dt>
            <dd className="figure">{answer.words}</dd>
            {answer.share !== undefined && (
              <dd className="bar">
                <ShareBar share={answer.share} level={level?.level} p={level && p} />
              </dd>
            )}
            {level && <dd className="note">{level.words}</dd>}
            {answer.note !== undefined && <dd className="note">{answer.note}</dd>}
          </div>
        )
      })}
    </dl>
  )
}
