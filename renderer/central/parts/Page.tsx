import type { ReactNode } from 'react'
import { useTitle } from '../../ui/frame/use-title.ts'

interface Props {
  title: string
  /** Beside the title: what can be done here. */
  acts?: ReactNode
  /** Under the title. */
  note?: ReactNode
  children: ReactNode
}

/** A screen with its heading, which gets the focus when the screen is opened. */
export function Page({ title, acts, note, children }: Props) {
  useTitle(title)
  return (
    <>
      <div className="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {note && <p className="muted">{note}</p>}
        </div>
        {acts && <div className="acts">{acts}</div>}
      </div>
      {children}
    </>
  )
}
