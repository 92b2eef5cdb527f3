import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { takeCode } from '../ui/client/session.ts'
import { Alone } from '../ui/frame/Alone.tsx'
import { Broken } from '../ui/frame/Broken.tsx'
import { Pending } from '../ui/frame/Pending.tsx'
import { PreferencesProvider } from '../ui/frame/PreferencesProvider.tsx'
import { Themed } from '../ui/frame/Themed.tsx'
import type { Central } from './client/central.ts'
import { CentralContext, useCentral, useStanding } from './client/context.ts'
import { ByCode } from './frame/ByCode.tsx'
import { SignIn } from './frame/SignIn.tsx'
import { makeRouter } from './router.tsx'

interface Props {
  central: Central
  nonce: string
  /** Out of the address, from where it was taken before anything else ran; null: there was none. */
  code: string | null
}

export function App({ central, nonce, code }: Props) {
  return (
    <PreferencesProvider>
      <Themed nonce={nonce}>
        <Broken>
          <CentralContext value={central}>
            <QueryClientProvider client={central.queries}>
              <Entrance first={code} />
            </QueryClientProvider>
          </CentralContext>
        </Broken>
      </Themed>
    </PreferencesProvider>
  )
}

/** A link that brought somebody here comes before everything; a second one in the same tab changes only the fragment. */
function Entrance({ first }: { first: string | null }) {
  const central = useCentral()
  const [code, setCode] = useState(first)
  useEffect(() => {
    const again = () => {
      const taken = takeCode(window.location, window.history)
      if (taken !== null) setCode(taken)
    }
    window.addEventListener('hashchange', again)
    return () => window.removeEventListener('hashchange', again)
  }, [])
  if (code === null) return <Screen />
  const done = () => {
    setCode(null)
    void central.entered()
  }
  return <ByCode key={code} code={code} onDone={done} />
}

function Screen() {
  const { t } = useTranslation()
  const { data, error, refetch } = useStanding()
  const [router] = useState(makeRouter)
  if (data?.session) return <RouterProvider router={router} />
  if (data) return <SignIn />
  return (
    <Alone title={error ? t('load.unreachable') : 'Edgewright'}>
      <Pending error={error} retry={() => void refetch()} />
      {error && <p className="muted">{t('load.auto')}</p>}
    </Alone>
  )
}
