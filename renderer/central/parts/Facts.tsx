import type { ReactNode } from 'react'

/** Names and what they come to, one under the other; what is null is left out. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ReactNode] | null)[] }) {
  return (
    <dl className="facts">
      {of.map(
        (each) =>
          each && (
            <div key={each[0]}>
              <dt>{each[0]}</dt>
              <dd>{each[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
