import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import type { Provider } from '#core/contracts/hardware.ts'
import { type OnnxruntimeBuild, titleOf } from '../inference/providers.ts'
import { driverName, hasLibrary, type Seen, vulkanHere } from './vulkan.ts'

/** Whether a provider is worth a lane here. */
export type Presence = { here: true; device: string } | { here: false; why: string }

export interface Machine {
  /** What the drivers are, in one line: measurements hold for as long as it is the same. */
  driver: string
  build: OnnxruntimeBuild
  /** What this platform's onnxruntime can be tried with, the CPU first. */
  candidates: { provider: Provider; presence: Presence }[]
}

/** By platform, in the order in which they are tried. CUDA's library for onnxruntime-node exists for Linux on x64 only. */
const candidatesOf: Partial<Record<NodeJS.Platform, readonly Provider[]>> = {
  linux: ['cuda', 'tensorrt', 'webgpu'],
  win32: ['dml', 'webgpu'],
  darwin: ['coreml', 'webgpu'],
}

/** This machine's files and environment. */
export const seenHere: Seen = {
  platform: process.platform,
  env: process.env,
  exists: existsSync,
  read: (path) => orUndefined(() => readFileSync(path, 'latin1')),
  list: (folder) => orUndefined(() => readdirSync(folder).sort()) ?? [],
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined // not there, or not for us to see
  }
}

/**
 * Which providers are worth trying, found out of files and the environment alone: cheap, and no driver is loaded for it.
 * `gpus`: drivers as the system tells them, where no file does (Windows, macOS).
 */
export function lookAtMachine(
  seen: Seen,
  build: OnnxruntimeBuild,
  gpus: readonly { model: string; driver: string | null }[] = [],
): Machine {
  const vulkan = seen.platform === 'linux' ? vulkanHere(seen) : undefined
  const presenceOf = (provider: Provider): Presence => {
    switch (provider) {
      case 'cpu':
        return { here: true, device: `CPU, ${count(Math.max(1, availableParallelism() >> 1), 'thread')}` }
      case 'cuda':
        return nvidia(seen, build, 'libonnxruntime_providers_cuda.so')
      case 'tensorrt': {
        const here = nvidia(seen, build, 'libonnxruntime_providers_tensorrt.so')
        return here.here && !hasLibrary(seen, 'libnvinfer.so.10')
          ? { here: false, why: 'TensorRT itself (libnvinfer.so.10) is not installed' }
          : here
      }
      case 'webgpu':
        if (!vulkan) return { here: true, device: ['WebGPU', ...gpus.map(({ model }) => model)].join(', ') }
        return vulkan.here
          ? { here: true, device: `WebGPU on Vulkan, ${vulkan.drivers.map(driverName).join(', ')}` }
          : vulkan
      case 'dml':
      case 'coreml':
        return { here: true, device: [titleOf[provider], ...gpus.map(({ model }) => model)].join(', ') }
    }
  }
  const providers: Provider[] = ['cpu', ...(candidatesOf[seen.platform] ?? [])]
  return {
    driver: [
      `${seen.platform} ${release()}`,
      `${cpus()[0]?.model.trim() ?? 'CPU'} × ${availableParallelism()}`,
      ...(nvidiaDriver(seen) ? [`NVIDIA ${nvidiaDriver(seen)}`] : []),
      ...(vulkan?.here ? vulkan.drivers.map((file) => `Vulkan ${driverName(file)} ${changed(file)}`) : []),
      ...gpus.map(({ model, driver }) => `${model} ${driver ?? ''}`.trim()),
    ].join('; '),
    build,
    candidates: providers.map((provider) => ({ provider, presence: presenceOf(provider) })),
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** When a driver's file was last changed: an update of it is another driver. */
const changed = (file: string): string =>
  orUndefined(() => statSync(file).mtime.toISOString().slice(0, 19)) ?? 'unknown'

/** Of NVIDIA's kernel module, as its own file says. */
export const nvidiaDriver = (seen: Seen): string | undefined =>
  /Kernel Module(?: for \S+)?\s+(\d[\d.]*)/.exec(seen.read('/proc/driver/nvidia/version') ?? '')?.[1]

function nvidia(seen: Seen, { libraries }: OnnxruntimeBuild, library: string): Presence {
  const driver = nvidiaDriver(seen)
  // Under WSL the driver is Windows' own, behind /dev/dxg.
  const wsl = seen.exists('/dev/dxg') && hasLibrary(seen, 'libcuda.so.1')
  if (!driver && !wsl) return { here: false, why: 'there is no NVIDIA GPU, or its driver is not loaded' }
  if (!libraries.includes(library))
    return { here: false, why: 'its library is not on board: npm run gpu:cuda fetches it' }
  const models = seen
    .list('/proc/driver/nvidia/gpus')
    .map((gpu) => /Model:\s*(.+)/.exec(seen.read(`/proc/driver/nvidia/gpus/${gpu}/information`) ?? '')?.[1])
    .filter((model) => model !== undefined)
  return {
    here: true,
    device: [...(models.length > 0 ? models : ['NVIDIA GPU']), driver].filter(Boolean).join(', '),
  }
}
