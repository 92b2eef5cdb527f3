import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The fleet's console, served by central. Like the edge's, it loads nothing from anywhere else. */
export default defineConfig({
  root: 'renderer/central',
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../../dist/renderer/central',
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
})
