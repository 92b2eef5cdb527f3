import { MantineProvider } from '@mantine/core'
import type { ReactNode } from 'react'
import { cssVariables, mantineTheme } from '../theme.ts'
import { usePreferences } from './preferences-context.ts'

/** `nonce`: of the page's policy, for the styles that Mantine writes into it. */
export function Themed({ nonce, children }: { nonce: string; children: ReactNode }) {
  const { scheme } = usePreferences()
  return (
    <MantineProvider
      theme={mantineTheme}
      cssVariablesResolver={cssVariables}
      forceColorScheme={scheme}
      getStyleNonce={() => nonce}
      withGlobalClasses={false}
      deduplicateInlineStyles={false}
    >
      {children}
    </MantineProvider>
  )
}
