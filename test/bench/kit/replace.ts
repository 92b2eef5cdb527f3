import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { programPath, root } from './root.ts'

/**
 * Puts programs of the benches in the place of modules of the runtime, for everybody but themselves. The rest of the
 * runtime is composed as ever, by edge/main.ts.
 */
export function replaceModules(replacements: Record<string, string>): void {
  const urls = new Map(
    Object.entries(replacements).map(([path, program]) => [
      pathToFileURL(join(root, path)).href,
      pathToFileURL(programPath(program)).href,
    ]),
  )
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const url = urls.get(resolved.url)
      return url === undefined || context.parentURL === url
        ? resolved
        : { ...resolved, url, shortCircuit: true }
    },
  })
}
