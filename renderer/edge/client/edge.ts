import { QueryCache, QueryClient } from '@tanstack/react-query'
import type { Alert } from '#core/contracts/alert.ts'
import { type EdgeEvents, type Status, statusSchema } from '#core/contracts/api.ts'
import type { Role, Session } from '#core/contracts/people.ts'
import { Api } from '../../ui/client/api.ts'
import { ServerClock } from '../../ui/client/clock.ts'
import { Failure, isSignedOut } from '../../ui/client/failure.ts'
import { Observable } from '../../ui/client/observable.ts'
import { type Progress, type Upload, upload } from '../../ui/client/upload.ts'
import { ChangesDuring, hasEnded, isActive, newestEnded, withChanges } from './alert-feed.ts'
import { type Asking, needsOf, sessionKey } from './asking.ts'
import { EdgeLink } from './link.ts'
import { type LiveAssets, withReadings } from './live.ts'

/** A flood of events reaches the screen in bundles, so that touching it stays quick. */
const bundleMs = 60

export const keys = {
  status: ['status'] as const,
  active: ['alerts', 'active'] as const,
  shelved: ['alerts', 'shelved'] as const,
  recent: ['alerts', 'recent'] as const,
  alert: (id: string) => ['alert', id] as const,
}

/** Everything this page knows of the runtime, in one place: built once in main.tsx. */
export class Edge {
  readonly api: Api
  readonly clock: ServerClock
  readonly queries: QueryClient
  readonly link: EdgeLink
  readonly live = new Observable<LiveAssets>(new Map())
  readonly changes = new ChangesDuring()
  /** Somebody is asked to sign in. */
  readonly asking = new Observable<Asking | null>(null)
  #asked: Promise<boolean> | undefined
  #pending: Alert[] = []
  #bundle: ReturnType<typeof setTimeout> | undefined

  constructor(parts: {
    fetch: typeof fetch
    openEvents: () => EventSource
    now: () => number
    elapsed: () => number
  }) {
    this.api = new Api({ fetch: parts.fetch, mayI: (needs) => this.mayI(needs), done: () => this.#acted() })
    this.clock = new ServerClock(parts.now)
    this.queries = new QueryClient({
      queryCache: new QueryCache({ onError: (error) => isSignedOut(error) && this.link.signedOut() }),
      defaultOptions: {
        queries: {
          // The runtime is on this machine: the browser's idea of being online says nothing about it.
          networkMode: 'always',
          refetchOnWindowFocus: false,
          retry: (count, error) =>
            count < 1 && error instanceof Failure && error.kind !== 'refused' && error.kind !== 'timeout',
          retryDelay: 500,
          staleTime: 60_000,
        },
        mutations: { networkMode: 'always', retry: false },
      },
    })
    this.link = new EdgeLink({
      open: parts.openEvents,
      elapsed: parts.elapsed,
      check: () => this.refreshStatus(),
      heard: (kind, payload) => this.heard(kind, payload),
      reopened: () =>
        void this.queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.status[0] }),
    })
  }

  async fetchStatus(signal?: AbortSignal): Promise<Status> {
    const status = await this.api.get(statusSchema, '/api/status', signal)
    this.clock.sync(status.serverTimeMs)
    return status
  }

  /** Asks anew, whatever the stream of events does. */
  refreshStatus(): Promise<Status> {
    return this.queries.fetchQuery({
      queryKey: keys.status,
      queryFn: ({ signal }) => this.fetchStatus(signal),
      staleTime: 0,
      retry: false,
    })
  }

  upload(path: string, file: File, onProgress: (progress: Progress) => void): Upload {
    let current = upload(path, file, onProgress)
    const answer = current.answer.catch(async (error: unknown) => {
      const needs = needsOf(error)
      if (needs === null || !(await this.mayI(needs))) throw error
      current = upload(path, file, onProgress)
      return current.answer
    })
    return { answer: answer.finally(() => this.#acted()), cancel: () => current.cancel() }
  }

  /** Asks for somebody whose role is at least this; true once they have signed in, false where nobody does. */
  mayI(needs: Role | null): Promise<boolean> {
    void this.queries.invalidateQueries({ queryKey: sessionKey })
    this.#asked ??= new Promise<boolean>((settle) => this.asking.set({ needs, settle })).finally(() => {
      this.#asked = undefined
      this.asking.set(null)
    })
    return this.#asked
  }

  /** What is done makes a person's time begin anew. */
  #acted(): void {
    if (this.queries.getQueryData<Session>(sessionKey)?.person)
      void this.queries.invalidateQueries({ queryKey: sessionKey })
  }

  /** An alert as it now stands, out of an event or of an answer. */
  readonly saw = (alert: Alert): void => {
    this.changes.saw([alert])
    this.#pending.push(alert)
    this.#bundle ??= setTimeout(() => this.#flush(), bundleMs)
  }

  /** The answer to somebody's own touch: shown without waiting for a bundle. */
  readonly answered = (alert: Alert): void => {
    this.saw(alert)
    clearTimeout(this.#bundle)
    this.#flush()
  }

  readonly heard = <K extends keyof EdgeEvents>(kind: K, payload: EdgeEvents[K]): void => {
    const event = { kind, payload } as {
      [E in keyof EdgeEvents]: { kind: E; payload: EdgeEvents[E] }
    }[keyof EdgeEvents]
    switch (event.kind) {
      case 'health':
        this.clock.sync(event.payload.serverTimeMs)
        this.queries.setQueryData(keys.status, event.payload)
        return
      case 'live':
        this.live.set(withReadings(this.live.get(), event.payload))
        return
      case 'alert':
        this.saw(event.payload)
        return
      case 'deployment': {
        const model = event.payload
        this.queries.setQueryData<Status>(keys.status, (status) => {
          if (!status) return undefined
          const others = status.models.filter(({ id }) => id !== model.id)
          return { ...status, models: [...others, model] }
        })
        void this.queries.invalidateQueries({ queryKey: ['model', model.id] })
        return
      }
    }
  }

  #flush(): void {
    const changes = this.#pending
    this.#pending = []
    this.#bundle = undefined
    const apply = (key: readonly string[], belongs: (alert: Alert) => boolean) =>
      this.queries.setQueryData<readonly Alert[]>(
        key,
        (known) => known && withChanges(known, changes, belongs),
      )
    apply(keys.active, isActive)
    apply(keys.shelved, (alert) => alert.state === 'shelved')
    this.queries.setQueryData<readonly Alert[]>(
      keys.recent,
      (known) => known && newestEnded(withChanges(known, changes, hasEnded)),
    )
    for (const alert of changes)
      this.queries.setQueryData<Alert>(keys.alert(alert.id), (known) => (known ? alert : undefined))
    void this.queries.invalidateQueries({ queryKey: ['similar'], refetchType: 'active' })
  }
}
