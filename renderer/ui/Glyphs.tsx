export function Chevron() {
  return (
    <svg width="8" height="14" viewBox="0 0 8 14" aria-hidden="true">
      <path d="M1 1l6 6-6 6" fill="none" stroke="currentColor" strokeWidth="1.75" />
    </svg>
  )
}

/** A box, ticked or not. */
export function Tick({ on }: { on: boolean }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <rect x="1" y="1" width="18" height="18" rx="3" fill="none" stroke="currentColor" strokeWidth="1.75" />
      {on && <path d="M4.5 10.5l4 4 7-9" fill="none" stroke="currentColor" strokeWidth="2.25" />}
    </svg>
  )
}

export function Mark() {
  return (
    <svg viewBox="0 0 16 20" aria-hidden="true">
      <path d="M0 6h4v8h-4zM6 0h4v20h-4zM12 6h4v8h-4z" />
    </svg>
  )
}
