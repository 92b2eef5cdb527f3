import { type CSSVariablesResolver, createTheme } from '@mantine/core'

/** Mantine gives behaviour (focus, dialogs); every look comes from the tokens. */
export const mantineTheme = createTheme({
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'gray',
  defaultRadius: 'var(--r-control)',
  respectReducedMotion: true,
})

const scheme = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-2)',
  '--mantine-color-default-border': 'var(--line)',
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--mantine-shadow-xl': 'none' },
  light: scheme,
  dark: scheme,
})
