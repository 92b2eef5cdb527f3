export function Chevron() {
  return (
    <svg width="8" height="14" viewBox="0 0 8 14" aria-hidden="true">
      <path d="M1 1l6 6-6 6" fill="none" stroke="currentColor" strokeWidth="1.75" />
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
