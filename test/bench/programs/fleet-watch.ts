import { monitorEventLoopDelay } from 'node:perf_hooks'
import { serve } from '../kit/serve.ts'

/** Preloaded into a runtime: what it takes, and how long its event loop is held. */
export interface Watched {
  cpuMs: number
  /** The most since it was asked before, MB. */
  rssMb: number
  /** Between two turns of a timer that is due each 5 ms, since it was asked before. */
  gapMs: { p99: number; max: number }
}

const gaps = monitorEventLoopDelay({ resolution: 5 })
let most = 0
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 200).unref()

function watched(): Watched {
  const { user, system } = process.cpuUsage()
  const now = {
    cpuMs: (user + system) / 1000,
    rssMb: Math.max(most, process.memoryUsage.rss()) / 1e6,
    gapMs: { p99: gaps.percentile(99) / 1e6, max: gaps.max / 1e6 },
  }
  most = 0
  gaps.reset()
  gaps.enable()
  return now
}

serve({ watched })
