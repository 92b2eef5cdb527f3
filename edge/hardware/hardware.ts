import { availableParallelism } from 'node:os'
import { type Listed, listProviders } from '../inference/providers.ts'
import { nvidiaDriver, seenHere } from './machine.ts'

/** What this machine is, as systeminformation sees it. Absent where it could not be found out. */
export interface HardwareFigures {
  system: { manufacturer: string; model: string; virtual: boolean }
  os: { platform: string; distribution: string; release: string; arch: string }
  cpu: { brand: string; physicalCores: number; cores: number; usable: number; flags: string }
  memory: { totalBytes: number; availableBytes: number }
  disk: { mount: string; sizeBytes: number; availableBytes: number } | null
  gpus: {
    vendor: string
    model: string
    vramMb: number | null
    /** Version of its driver; null where the system does not tell. */
    driver: string | null
    temperatureC: number | null
  }[]
  load: { cpuPercent: number }
  /** Of the processor; null where no sensor can be read, as in most containers and virtual machines. */
  temperatureC: number | null
}

export interface Hardware {
  /** Asked of the system at most every few seconds; takes hundreds of milliseconds the first time. */
  figures(): Promise<HardwareFigures>
  /** What onnxruntime-node was built for, of which nothing is proved here. Asked once, of a process of its own. */
  listed(): Promise<Listed>
}

const freshMs = 5_000

/** `folder`: the disk that counts is the one the data lies on. The library is loaded on the first question: it costs memory. */
export function createHardware(folder: string, now: () => number, list = listProviders): Hardware {
  let listing: Promise<Listed> | undefined
  let asked: { atMs: number; answer: Promise<HardwareFigures> } | undefined
  return {
    figures() {
      if (!asked || now() - asked.atMs > freshMs) {
        const question = { atMs: now(), answer: look(folder) }
        asked = question
        question.answer.catch(() => {
          if (asked === question) asked = undefined // a failure is not remembered; its caller has been told
        })
      }
      return asked.answer
    },
    listed() {
      listing ??= list().catch((error: unknown) => {
        listing = undefined // as above
        throw error
      })
      return listing
    },
  }
}

async function look(folder: string): Promise<HardwareFigures> {
  const { default: si } = await import('systeminformation')
  const [system, os, cpu, memory, disks, graphics, load, heat] = await Promise.all([
    si.system(),
    si.osInfo(),
    si.cpu(),
    si.mem(),
    si.fsSize(),
    si.graphics(),
    si.currentLoad(),
    si.cpuTemperature(),
  ])
  const disk = disks
    .filter(({ mount }) => folder.startsWith(mount))
    .sort((a, b) => b.mount.length - a.mount.length)[0]
  return {
    system: { manufacturer: system.manufacturer, model: system.model, virtual: system.virtual ?? false },
    os: { platform: os.platform, distribution: os.distro, release: os.release, arch: os.arch },
    cpu: {
      brand: cpu.brand,
      physicalCores: cpu.physicalCores,
      cores: cpu.cores,
      usable: availableParallelism(),
      flags: cpu.flags,
    },
    memory: { totalBytes: memory.total, availableBytes: memory.available },
    disk: disk ? { mount: disk.mount, sizeBytes: disk.size, availableBytes: disk.available } : null,
    gpus: graphics.controllers.map(({ vendor, model, vram, driverVersion, temperatureGpu }) => ({
      vendor,
      model,
      vramMb: vram,
      driver: driverVersion || (/nvidia/i.test(vendor) ? (nvidiaDriver(seenHere) ?? null) : null),
      temperatureC: temperatureGpu ?? null,
    })),
    load: { cpuPercent: load.currentLoad },
    temperatureC: heat.main > 0 ? heat.main : null,
  }
}
