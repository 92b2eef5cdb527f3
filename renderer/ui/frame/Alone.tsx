import type { ReactNode } from 'react'
import { Mark } from '../Glyphs.tsx'
import './frame.css'

/** A page of its own, where there is nothing else to show. */
export function Alone({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="alone">
      <div className="brand">
        <span>
          <Mark />
          Edgewright
        </span>
      </div>
      <section className="panel notice">
        <h1 className="say">{title}</h1>
        {children}
      </section>
    </main>
  )
}
