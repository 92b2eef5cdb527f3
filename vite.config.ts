import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The operators' and technicians' console. Everything it needs is in its own files: the edge has no network. */
export default defineConfig({
  root: 'renderer/edge',
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../../dist/renderer/edge',
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
})
