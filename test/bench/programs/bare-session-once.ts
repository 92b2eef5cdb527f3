import { poolValues } from '../kit/readings.ts'
import { openSession } from './session.ts'

/** Loads onnxruntime, creates the session, runs it once and ends. Arguments: model, output. */
const [, , model, output] = process.argv
const { run } = await openSession(model!, output!)
await run(Float32Array.from(poolValues(1)[0]!))
