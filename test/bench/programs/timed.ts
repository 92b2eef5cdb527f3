import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { replaceModules } from '../kit/replace.ts'
import { serve } from '../kit/serve.ts'
import { trace } from './trace.ts'

/**
 * Preloaded into a runtime: says where the time of each request went, and how long its event loop was held. One client
 * at a time, else the parts of two requests mix.
 */
replaceModules({ 'edge/journal/open.ts': 'timed-journal', 'edge/inference/open-lane.ts': 'timed-lane' })

const { exec } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  const started = performance.now()
  exec.call(this, sql)
  if (sql === 'COMMIT') trace.commitMs += performance.now() - started
}

const startedAt = new WeakMap<IncomingMessage, number>()
subscribe('http.server.request.start', (message) => {
  startedAt.set((message as { request: IncomingMessage }).request, performance.now())
  Object.assign(trace, { laneMs: 0, runMs: 0, writeMs: 0, commitMs: 0 })
})
subscribe('http.server.response.finish', (message) => {
  const { request } = message as { request: IncomingMessage; response: ServerResponse }
  if (request.method !== 'POST') return
  const { laneMs, runMs, writeMs, commitMs } = trace
  trace.requests.push({
    wallMs: performance.now() - startedAt.get(request)!,
    laneMs,
    runMs,
    writeMs,
    commitMs,
  })
})

const gaps = monitorEventLoopDelay({ resolution: 1 })

serve({
  requests: () => trace.requests.splice(0),
  watchGaps: () => {
    gaps.reset()
    gaps.enable()
  },
  /** Milliseconds between two turns of a timer that is due each millisecond. */
  gaps: () => {
    gaps.disable()
    const ms = (ns: number) => ns / 1e6
    return {
      p50: ms(gaps.percentile(50)),
      p99: ms(gaps.percentile(99)),
      max: ms(gaps.max),
      count: gaps.count,
    }
  },
})
