import { type ReactNode, useId, useState } from 'react'
import { Chevron } from '../../ui/Glyphs.tsx'

/** A row that opens what was written: as JSON, since it is what machines and people are held to. */
export function Body({ label, body, children }: { label: ReactNode; body: unknown; children?: ReactNode }) {
  const id = useId()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="opens"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Chevron />
        {label}
      </button>
      {children}
      {open && (
        <pre id={id} className="body">
          {JSON.stringify(body, null, 2)}
        </pre>
      )}
    </>
  )
}
