import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { serve } from '../kit/serve.ts'

/** Preloaded into a runtime: collects its garbage when asked, so that what it holds can be told from what it has not thrown away yet. */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

serve({
  collect: () => {
    collect()
    collect()
    return process.memoryUsage()
  },
})
