import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type SignIn, signIn, takeCode } from '../ui/client/session.ts'
import { Alone } from '../ui/frame/Alone.tsx'
import { Broken } from '../ui/frame/Broken.tsx'
import { Pending } from '../ui/frame/Pending.tsx'
import { PreferencesProvider } from '../ui/frame/PreferencesProvider.tsx'
import { Themed } from '../ui/frame/Themed.tsx'
import { EdgeContext, useEdge, useLink, useStatus } from './client/context.ts'
import type { Edge } from './client/edge.ts'
import { SignedOut } from './frame/SignedOut.tsx'
import { makeRouter } from './router.tsx'

interface Props {
  edge: Edge
  nonce: string
  /** What became of the code in the address, which was taken away from it before anything else ran. */
  entered: Promise<SignIn>
}

export function App({ edge, nonce, entered }: Props) {
  return (
    <PreferencesProvider>
      <Themed nonce={nonce}>
        <Broken>
          <EdgeContext value={edge}>
            <QueryClientProvider client={edge.queries}>
              <Session entered={entered} />
            </QueryClientProvider>
          </EdgeContext>
        </Broken>
      </Themed>
    </PreferencesProvider>
  )
}

/** Signs in where a link brought somebody here, then keeps the link to the runtime. */
function Session({ entered }: { entered: Promise<SignIn> }) {
  const edge = useEdge()
  const [outcome, setOutcome] = useState<SignIn | null>(null)
  useEffect(() => {
    let here = true
    const enter = async (coming: Promise<SignIn>) => {
      const done = await coming
      if (!here) return
      setOutcome(done)
      edge.link.start()
    }
    void enter(entered)
    // A second link opened in the same tab changes only the fragment, and loads nothing.
    const again = () => {
      const taken = takeCode(window.location, window.history)
      if (taken !== null) void enter(signIn(edge.api, taken))
    }
    window.addEventListener('hashchange', again)
    return () => {
      here = false
      window.removeEventListener('hashchange', again)
      edge.link.stop()
    }
  }, [edge, entered])
  return <Screen outcome={outcome} />
}

function Screen({ outcome }: { outcome: SignIn | null }) {
  const { t } = useTranslation()
  const edge = useEdge()
  const { state } = useLink()
  const status = useStatus()
  const [router] = useState(makeRouter)
  if (state === 'signed-out') return <SignedOut spent={outcome === 'spent'} />
  if (status) return <RouterProvider router={router} />
  if (outcome === null || state === 'connecting')
    return (
      <Alone title="Edgewright">
        <Pending error={null} retry={() => edge.link.start()} />
      </Alone>
    )
  return (
    <Alone title={t('load.unreachable')}>
      <Pending
        error={edge.queries.getQueryState(['status'])?.error ?? null}
        retry={() => edge.link.start()}
      />
      <p className="muted">{t('load.auto')}</p>
    </Alone>
  )
}
