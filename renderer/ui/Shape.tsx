/** Priority a second time: octagon, triangle, diamond, with !!! !! !. Paths live in a 40 by 40 box. */
export const outlines: Readonly<Record<number, string>> = {
  1: 'M12 2h16l10 10v16l-10 10h-16l-10-10v-16z',
  2: 'M20 3l18 33h-36z',
  3: 'M20 1.5l18.5 18.5-18.5 18.5-18.5-18.5z',
}
const marks: Readonly<Record<number, string>> = {
  1: 'M11 11h4l-.5 11h-3zM18 11h4l-.5 11h-3zM25 11h4l-.5 11h-3zM11.2 25h3.6v4h-3.6zM18.2 25h3.6v4h-3.6zM25.2 25h3.6v4h-3.6z',
  2: 'M14.5 16h4l-.5 10h-3zM21.5 16h4l-.5 10h-3zM14.7 28.5h3.6v4h-3.6zM21.7 28.5h3.6v4h-3.6z',
  3: 'M18 10h4l-.5 12h-3zM18.2 25h3.6v4h-3.6z',
}

interface Props {
  p: number
  big?: boolean
  /** A count of zero loses its colour. */
  none?: boolean
}

export function Shape({ p, big = false, none = false }: Props) {
  const name = `shape${big ? ' big' : ''}${none ? ' none' : ''}`
  return (
    <svg className={name} data-p={p} viewBox="0 0 40 40" aria-hidden="true">
      <path d={outlines[p]} />
      {big && <path className="mark" d={marks[p]} />}
    </svg>
  )
}
