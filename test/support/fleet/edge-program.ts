import { startEdge } from '#edge/main.ts'

/** A whole runtime as a process of its own, which tries again sooner than a machine does: `node edge-program.ts '{"dataDir": …}'`. */
const given = JSON.parse(process.argv[2] ?? '{}') as { dataDir: string; machine: string }
const edge = await startEdge({
  ...given,
  ...{ host: '127.0.0.1', port: 0, allowUnsigned: true },
  syncPaces: {
    ...{ poll: 20, linger: [0, 0, 0, 50, 50], deadline: 5_000, nudge: 20 },
    ...{ again: { firstMs: 20, mostMs: 300 }, reaching: { firstMs: 20, mostMs: 300 } },
  },
})
process.on('SIGTERM', () => void edge.close().then(() => process.exit(0)))
process.stdout.write(`at ${edge.url}\n`)
