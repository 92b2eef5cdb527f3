import { slowAbove } from '../kit/model.ts'
import { width } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'
import { openSession } from './session.ts'

/** How long one row takes that the slow model is slow on, ms. Arguments: model, output. */
const [, , model, output] = process.argv
const { run } = await openSession(model!, output!)

serve({
  time: async () => {
    const started = performance.now()
    await run(new Float32Array(width).fill(slowAbove + 1))
    return performance.now() - started
  },
})
