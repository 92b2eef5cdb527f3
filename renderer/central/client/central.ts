import { QueryCache, QueryClient } from '@tanstack/react-query'
import { type CentralSession, centralSessionSchema, serverInfoSchema } from '#core/contracts/accounts.ts'
import { Api } from '../../ui/client/api.ts'
import { ServerClock } from '../../ui/client/clock.ts'
import { Failure, isSignedOut } from '../../ui/client/failure.ts'

export const sessionKey = ['session'] as const

export interface Standing {
  /** false: nobody has an account yet. */
  people: boolean
  version: string
  /** null: nobody is signed in. */
  session: CentralSession | null
}

/** The fleet's server, as this page knows it. */
export class Central {
  readonly api: Api
  readonly clock: ServerClock
  readonly queries: QueryClient

  constructor(parts: { fetch: typeof fetch; now: () => number }) {
    this.api = new Api({ fetch: parts.fetch, mayI: async () => false, done: () => undefined })
    this.clock = new ServerClock(parts.now)
    const lookAgain = (error: Error) => {
      if (isSignedOut(error)) void this.queries.invalidateQueries({ queryKey: sessionKey })
    }
    this.queries = new QueryClient({
      queryCache: new QueryCache({ onError: lookAgain }),
      defaultOptions: {
        queries: {
          // The browser's idea of being online says nothing about a server in the same plant.
          networkMode: 'always',
          refetchOnWindowFocus: false,
          retry: (count, error) =>
            count < 1 && error instanceof Failure && error.kind !== 'refused' && error.kind !== 'timeout',
          retryDelay: 500,
          staleTime: 5_000,
        },
        mutations: { networkMode: 'always', retry: false, onError: lookAgain },
      },
    })
  }

  /** Whether it is there, what time it has, and who we are to it. */
  async standing(signal?: AbortSignal): Promise<Standing> {
    const { serverMs, people, version } = await this.api.get(serverInfoSchema, '/api/server', signal)
    this.clock.sync(serverMs)
    const session = await this.api
      .get(centralSessionSchema, '/api/session', signal)
      .catch((error: unknown) => {
        if (isSignedOut(error)) return null
        throw error
      })
    return { people, version, session }
  }

  /** Somebody has signed in or out: nothing of what was seen before holds. */
  async entered(): Promise<void> {
    this.queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] })
    await this.queries.invalidateQueries({ queryKey: sessionKey })
  }
}
