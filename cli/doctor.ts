import { createHardware, type HardwareFigures } from '#edge/hardware/hardware.ts'
import { type ListedProvider, listProviders } from '#edge/inference/providers.ts'
import { type Io, userPath } from './io.ts'

interface Diagnosis {
  node: string
  hardware: HardwareFigures
  /** What onnxruntime-node was built with. Nothing here has been proved to work on this machine. */
  providers: ListedProvider[]
}

const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`

/** What this machine is, and which execution providers onnxruntime-node lists. */
export async function doctor(io: Io): Promise<Diagnosis> {
  const hardware = await createHardware(userPath(io, '.'), Date.now).figures()
  const diagnosis = { node: process.version, hardware, providers: (await listProviders()).providers }
  if (!io.json) for (const line of lines(diagnosis)) io.print(line)
  return diagnosis
}

function lines({ node, hardware: h, providers }: Diagnosis): string[] {
  const gpus =
    h.gpus.length === 0
      ? ['none seen']
      : h.gpus.map((g) => `${g.vendor} ${g.model}${g.vramMb ? `, ${g.vramMb} MB` : ''}`.trim())
  return [
    `System     ${h.system.manufacturer} ${h.system.model}${h.system.virtual ? ' (virtual)' : ''}, ${h.os.distribution} ${h.os.release}, ${h.os.arch}`,
    `Processor  ${h.cpu.brand}, ${h.cpu.physicalCores} cores, ${h.cpu.usable} usable threads, ${h.load.cpuPercent.toFixed(0)} % busy`,
    `Memory     ${gib(h.memory.totalBytes)}, ${gib(h.memory.availableBytes)} available`,
    `Disk       ${h.disk ? `${gib(h.disk.availableBytes)} of ${gib(h.disk.sizeBytes)} available on ${h.disk.mount}` : 'not found'}`,
    ...gpus.map((gpu, i) => `${i === 0 ? 'GPU       ' : '          '} ${gpu}`),
    `Node       ${node}`,
    'Execution providers that onnxruntime-node lists (listed is not proved: models run on the CPU):',
    ...providers.map(
      (p) => `  ${p.name.padEnd(10)} ${p.bundled ? 'library on board' : 'library not on board'}`,
    ),
  ]
}
