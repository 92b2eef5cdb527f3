import type { ReactNode } from 'react'

/** What is known, line by line: a name and its words. */
export function Figures({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="figures">
      {rows.map(([name, words]) => (
        <div key={name}>
          <dt className="muted">{name}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  )
}
