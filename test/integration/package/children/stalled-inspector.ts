import { readFileSync, writeFileSync } from 'node:fs'
import type { ToInspector } from '#edge/package/inspect-protocol.ts'

/** Looks at a file as one does that brings its reader down: the file says how. It leaves half a rewritten model. */
process.once('message', ({ path, options }: ToInspector) => {
  if (options.rewriteTo) writeFileSync(options.rewriteTo, 'half')
  const held: Buffer[] = []
  switch (readFileSync(path, 'utf8')) {
    case 'grow':
      for (let i = 0; i < 4000; i++) held.push(Buffer.alloc(2 ** 20, i % 255))
      return
    case 'crash':
      return process.kill(process.pid, 'SIGSEGV')
    case 'throw':
      throw new Error('thrown')
    default:
      for (;;);
  }
})
