import { build, defineConfig, type InlineConfig } from 'vite'

const external = ['electron', /^node:/]
const common = { ssr: true, minify: false, sourcemap: true } as const

/** A sandboxed preload script must be one CommonJS file. Source: Electron's documentation, Process Sandboxing. */
const preload = (outDir: string): InlineConfig => ({
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  ssr: { noExternal: true, external: ['electron'] },
  build: {
    ...common,
    outDir,
    emptyOutDir: false,
    target: 'chrome140',
    rolldownOptions: {
      input: 'electron/preload/preload.ts',
      external,
      output: { format: 'cjs', entryFileNames: 'preload.cjs' },
    },
  },
})

/** The desktop app: main process and preload script, with everything they import in them; nothing else is packed. */
export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true, external: ['electron'] },
  build: {
    ...common,
    outDir: 'dist/electron',
    emptyOutDir: true,
    target: 'node24',
    rolldownOptions: {
      input: { main: 'electron/main/main.ts' },
      external,
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
  plugins: [
    {
      name: 'preload',
      async writeBundle({ dir }) {
        if (dir !== undefined) await build(preload(dir))
      },
    },
  ],
})
