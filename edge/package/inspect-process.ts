import { EdgewrightError } from '#core/contracts/errors.ts'
import type { FromInspector, ToInspector } from './inspect-protocol.ts'
import { checkModelFile } from './model-file.ts'

/** The process that looks at one model's file and ends. What is in the file can take down nobody else. */
const answer = (message: FromInspector) => {
  if (process.connected) process.send?.(message)
}

process.once('message', async ({ path, options }: ToInspector) => {
  try {
    const model = await checkModelFile(path, options, (bytes) => answer({ kind: 'reading', bytes }))
    answer({ kind: 'checked', model })
  } catch (error) {
    if (error instanceof EdgewrightError)
      answer({ kind: 'refused', code: error.code, message: error.message, hint: error.hint })
    else answer({ kind: 'failed', message: String(error instanceof Error ? error.stack : error) })
  }
})
process.once('disconnect', () => process.exit(0))
