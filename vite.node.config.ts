import { existsSync } from 'node:fs'
import { defineConfig } from 'vite'

/**
 * The programs without types, for a start without type stripping (about 17 MB and 35 ms less per process).
 * All files lie flat in one folder: a process is found beside the chunk that forks it.
 */
const programs = {
  edgewright: 'cli/main.ts',
  // Of names of their own, so that a machine's runtime can be shipped without them (build/package-files.mjs).
  central: 'cli/central.ts',
  'central-backup': 'cli/central-backup.ts',
  demo: 'models/demo.ts',
  'fleet-demo': 'models/fleet-demo.ts',
  'lane-process': 'edge/inference/lane-process.ts',
  'memory-watch': 'edge/inference/memory-watch.ts',
  'inspect-process': 'edge/package/inspect-process.ts',
}

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'dist/node',
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(programs).filter(([, source]) => existsSync(source))),
      external: /^(?![./#\0]|[a-z]:)/i,
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
