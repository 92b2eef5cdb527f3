import { poolValues } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'
import { openSession } from './session.ts'

/** The reference of the reading path: `session.run` row by row in a loop, and nothing else. Arguments: model, output. */
const [, , model, output] = process.argv
const { run } = await openSession(model!, output!)
const rows = poolValues().map((row) => Float32Array.from(row))

async function loop(ms: number): Promise<number> {
  const started = performance.now()
  let count = 0
  for (let now = started; now - started < ms; now = performance.now())
    for (let i = 0; i < 64; i++) await run(rows[count++ % rows.length]!)
  return (1000 * count) / (performance.now() - started)
}

serve({ loop })
