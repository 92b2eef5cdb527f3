interface Props<T extends string> {
  label: string
  value: T
  options: readonly (readonly [value: T, word: string])[]
  onChange: (value: T) => void
}

/** One of several, in the browser's own list: it works by key, by touch and for a screen reader. */
export function Choice<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <label className="field choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map(([each, word]) => (
          <option key={each} value={each}>
            {word}
          </option>
        ))}
      </select>
    </label>
  )
}
