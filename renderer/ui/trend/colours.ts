const names = [
  'ink',
  'ink-2',
  'ink-3',
  'line',
  'band',
  'hatch',
  'surface',
  'p1',
  'p2',
  'p3',
  'shape-edge',
] as const
/** `ground`: what the chart stands on. */
export type Colours = Record<(typeof names)[number] | 'ground', string>

/** The tokens as a canvas needs them: resolved for the theme that holds at `where`. */
export function readColours(where: HTMLElement): Colours {
  const probe = document.createElement('i')
  probe.hidden = true
  where.append(probe)
  const found = {} as Colours
  for (const name of names) {
    probe.style.color = `var(--${name})`
    found[name] = getComputedStyle(probe).color
  }
  probe.remove()
  found.ground = groundOf(where)
  return found
}

/** The first background that is not see-through, from here outwards. */
function groundOf(where: Element | null): string {
  if (!where) return 'transparent'
  const colour = getComputedStyle(where).backgroundColor
  return colour === 'transparent' || /, 0\)$/.test(colour) ? groundOf(where.parentElement) : colour
}
