import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Qualification } from '#core/contracts/hardware.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { lookAtMachine, seenHere } from '#edge/hardware/machine.ts'
import type { Qualified, QualifyParts } from '#edge/hardware/try-provider.ts'
import { type LaneOptions, openLane } from '#edge/inference/open-lane.ts'
import { onnxruntimeBuild } from '#edge/inference/providers.ts'
import { residentMb } from '#edge/inference/resident.ts'
import { manifestOf } from '#support/manifest.ts'

export interface QualifiedSpec {
  /** Its input is "input" [rows, 2], its output "probability". */
  model: Buffer
  /** What the makers saw for inputs [k/10, 0]; default: the sigmoid of the first. */
  answer?: (x: number) => number
  rows?: number
  hardware?: Manifest['hardware']
  operation?: Partial<Manifest['operation']>
}

/** What qualifying needs of a package, with the model's file in `dir`. */
export function qualified(dir: string, spec: QualifiedSpec): Qualified {
  const { model, answer = (x) => 1 / (1 + Math.exp(-x)), rows = 8, hardware, operation } = spec
  const path = join(dir, 'model.onnx')
  writeFileSync(path, model)
  const manifest = manifestOf({
    tensors: [{ name: 'input', kind: 'columns', dtype: 'float32', features: ['a', 'b'] }],
    output: { name: 'probability' },
    ...(operation && { operation }),
  })
  const xs = Array.from({ length: rows }, (_, k) => k / 10)
  return {
    manifest: { ...manifest, ...(hardware && { hardware }) },
    golden: {
      madeWith: { onnxruntime: '1.30.0', provider: 'cpu', platform: 'test' },
      inputs: { input: xs.map((x) => [x, 0]) },
      outputs: { probability: xs.map((x) => [answer(x)]) },
      nullRow: 'finite',
    },
    modelFile: { path, sha256: createHash('sha256').update(model).digest('hex') },
    digest: createHash('sha256').update(path).digest('hex'),
  }
}

/** This machine with `env` for its drivers and its lanes. By default one that has no graphics at all. */
export function partsWith(env: Record<string, string> = { VK_DRIVER_FILES: '/nonexistent.json' }) {
  const opened: LaneOptions[] = []
  const kept = new Map<string, unknown>()
  const parts: QualifyParts = {
    openLane: (file, options = {}) => {
      opened.push(options)
      return openLane(file, options)
    },
    machine: async () =>
      lookAtMachine(
        {
          ...seenHere,
          env: { ...process.env, ...env },
          // Whoever runs the tests may have an NVIDIA GPU.
          exists: (path) => path !== '/dev/dxg' && seenHere.exists(path),
          read: (path) => (path.startsWith('/proc/driver/nvidia') ? undefined : seenHere.read(path)),
        },
        onnxruntimeBuild(),
      ),
    memoryOf: residentMb,
    now: Date.now,
    cache: {
      get: (key) => kept.get(key),
      put: (key, found: Qualification) => void kept.set(key, found),
    },
    lane: { env, threads: 1 },
  }
  return { parts, opened, kept }
}
