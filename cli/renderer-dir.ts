import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a built console lies: `dist/renderer/edge` or `…/central`, seen from the sources and from `dist/node` alike. */
export function rendererDir(of: 'edge' | 'central' = 'edge'): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const root = here.endsWith(join('dist', 'node')) ? join(here, '..', '..') : join(here, '..')
  return join(root, 'dist', 'renderer', of)
}
