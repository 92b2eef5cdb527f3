import type { ButtonHTMLAttributes, ReactNode } from 'react'

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'onClick' | 'disabled'> {
  children: ReactNode
  onPress?: (() => void) | undefined
  primary?: boolean
  /** Not now: it stays focusable and says so, instead of taking the focus away. */
  off?: boolean
  busy?: boolean
}

/** A button that never acts on the second half of a double touch, nor while it waits for an answer. */
export function Button({
  children,
  onPress,
  primary = false,
  off = false,
  busy = false,
  className,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={`btn${primary ? ' primary' : ''}${className ? ` ${className}` : ''}`}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (!off && !busy && event.detail < 2) onPress?.()
      }}
    >
      {children}
    </button>
  )
}
