import { type InputHTMLAttributes, type ReactNode, useId } from 'react'

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string
  /** What goes in, said below it. */
  hint?: ReactNode
  /** Why it cannot be taken as it is. */
  wrong?: string | undefined
  onText: (text: string) => void
}

/** One line of text with its name above it. */
export function Field({ label, hint, wrong, onText, ...rest }: Props) {
  const id = useId()
  const saidId = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
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
