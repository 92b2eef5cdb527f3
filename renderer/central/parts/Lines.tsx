import { useId } from 'react'

interface Props {
  label: string
  hint?: string
  /** Why it cannot be taken as it is. */
  wrong?: string | undefined
  rows?: number
  maxLength?: number
  value: string
  onText: (text: string) => void
}

/** Several lines of text with their name above them. */
export function Lines({ label, hint, wrong, rows = 2, maxLength, value, onText }: Props) {
  const id = useId()
  const saidId = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        maxLength={maxLength}
        value={value}
        aria-describedby={hint || wrong ? saidId : undefined}
        aria-invalid={wrong !== undefined || undefined}
        onChange={(event) => onText(event.target.value)}
      />
      {(hint || wrong) && (
        <p id={saidId} className={wrong ? 'strong' : 'note'}>
          {wrong ?? hint}
        </p>
      )}
    </div>
  )
}
