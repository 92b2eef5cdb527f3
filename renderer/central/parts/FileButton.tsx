import { useRef } from 'react'
import { Button } from '../../ui/Button.tsx'

interface Props {
  label: string
  accept: string
  busy: boolean
  primary?: boolean
  onFile: (file: File) => void
}

/** A button that asks for a file of this computer. */
export function FileButton({ label, accept, busy, primary = false, onFile }: Props) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        hidden
        type="file"
        accept={accept}
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) onFile(chosen)
        }}
      />
      <Button primary={primary} busy={busy} onPress={() => input.current?.click()}>
        {label}
      </Button>
    </>
  )
}
