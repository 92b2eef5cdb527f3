/** Ten squares, `n` of them full; hatched where nothing has been measured. The words beside it say the same. */
export function OfTen({ n }: { n: number | null }) {
  if (n === null) return <span className="of10 hatched" aria-hidden="true" />
  return (
    <span className="of10" aria-hidden="true">
      {Array.from({ length: 10 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: ten squares that never change places
        <i key={i} className={i < n ? undefined : 'no'} />
      ))}
    </span>
  )
}
