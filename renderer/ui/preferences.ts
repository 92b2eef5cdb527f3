/** What a reader chose, kept in the browser where the browser allows it. */
export type Theme = 'system' | 'light' | 'dark'
export const themes: readonly Theme[] = ['system', 'light', 'dark']

/** The part of localStorage that is used; access may throw (blocked storage, full disk, kiosk profiles). */
export type Store = Pick<Storage, 'getItem' | 'setItem'>

export function remembered(store: () => Store, key: string): string | null {
  try {
    return store().getItem(`edgewright.${key}`)
  } catch {
    // Without storage the choice simply holds until the page is closed.
    return null
  }
}

export function remember(store: () => Store, key: string, value: string): void {
  try {
    store().setItem(`edgewright.${key}`, value)
  } catch (error) {
    console.warn(`Edgewright could not remember "${key}": ${String(error)}`)
  }
}

export function asTheme(value: string | null): Theme {
  return themes.find((theme) => theme === value) ?? 'system'
}

/** Puts the theme on the page; the tokens follow `data-theme`, and the system's preference where it is absent. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
}
