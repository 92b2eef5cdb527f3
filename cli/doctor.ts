import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ProviderTrial, Qualification } from '#core/contracts/hardware.ts'
import { createHardware, type HardwareFigures } from '#edge/hardware/hardware.ts'
import { proveMachine } from '#edge/hardware/qualifier.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { type ListedProvider, titleOf } from '#edge/inference/providers.ts'
import { type Io, userPath } from './io.ts'
import { secretsIn } from './secrets-in.ts'

interface Diagnosis {
  node: string
  hardware: HardwareFigures
  onnxruntime: string
  /** What onnxruntime-node was built for, and whether that library is on board. */
  providers: ListedProvider[]
  /** What was proved with a tiny model, and how fast it was; null where not even the CPU can run it. */
  proof: Qualification | null
  /** Why there is no proof, in words. */
  problem?: string
  /** Of the data folder that was named: what is secret in it, and how it is kept. */
  secrets?: string[]
}

/** For one provider, whatever its driver does: somebody waits. */
const trialMs = 15_000
const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`
const ms = (value: number) => `${Number(value.toPrecision(2))} ms`

/** What this machine is, and which execution providers work on it, proved with a tiny model. */
export async function doctor(io: Io, options: { data?: string } = {}): Promise<Diagnosis> {
  const hardware = createHardware(userPath(io, '.'), Date.now)
  const [figures, { onnxruntime, providers }] = await Promise.all([hardware.figures(), hardware.listed()])
  // After what else there is to ask: it is timed.
  const proved = await proveMachine(hardware, { openLane, now: Date.now, deadlines: { trialMs } }).catch(
    (error: unknown) => {
      if (error instanceof EdgewrightError) return error
      throw error
    },
  )
  const proof = proved instanceof Error ? null : proved
  const diagnosis: Diagnosis = {
    node: process.version,
    hardware: figures,
    onnxruntime,
    providers,
    proof,
    ...(proved instanceof Error && { problem: proved.message }),
    ...(options.data !== undefined && { secrets: secretsIn(userPath(io, options.data)) }),
  }
  if (!io.json) for (const line of lines(diagnosis)) io.print(line)
  return diagnosis
}

function lines({
  node,
  hardware: h,
  onnxruntime,
  providers,
  proof,
  problem,
  secrets = [],
}: Diagnosis): string[] {
  const heat = (c: number | null) => (c === null ? '' : `, ${c.toFixed(0)} °C`)
  const gpus =
    h.gpus.length === 0
      ? ['none seen']
      : h.gpus.map((g) =>
          `${g.vendor} ${g.model}${g.vramMb ? `, ${g.vramMb} MB` : ''}${g.driver ? `, driver ${g.driver}` : ''}${heat(g.temperatureC)}`.trim(),
        )
  const absent = providers.filter(({ bundled }) => !bundled).map(({ name }) => name)
  return [
    `System     ${[h.system.manufacturer, h.system.model].filter(Boolean).join(' ')}${h.system.virtual ? ' (virtual)' : ''}, ${h.os.distribution} ${h.os.release}, ${h.os.arch}`,
    `Processor  ${h.cpu.brand}, ${h.cpu.physicalCores} cores, ${h.cpu.usable} usable threads, ${h.load.cpuPercent.toFixed(0)} % busy${heat(h.temperatureC)}`,
    `           ${vectorFlags(h.cpu.flags)}`,
    `Memory     ${gib(h.memory.totalBytes)}, ${gib(h.memory.availableBytes)} available`,
    `Disk       ${h.disk ? `${gib(h.disk.availableBytes)} of ${gib(h.disk.sizeBytes)} available on ${h.disk.mount}` : 'not found'}`,
    ...gpus.map((gpu, i) => `${i === 0 ? 'GPU       ' : '          '} ${gpu}`),
    `Node       ${node}`,
    `onnxruntime ${onnxruntime}, built for ${providers.map(({ name }) => name).join(', ')}${absent.length > 0 ? `; not on board: ${absent.join(', ')}` : ''}`,
    ...secrets.map((line, i) => `${i === 0 ? 'Secrets   ' : '          '} ${line}`),
    '',
    ...(proof
      ? [
          'Execution providers, proved with a tiny model:',
          ...proof.trials.map((trial) => `  ${titleOf[trial.provider].padEnd(9)} ${trialInWords(trial)}`),
          proof.reason,
          'A package is measured with its own model before it runs; there another provider may win.',
        ]
      : [`Nothing can be run here: ${problem}`]),
  ]
}

/** Of the processor's flags, those that make arithmetic on vectors and matrices quick. */
function vectorFlags(flags: string): string {
  const known = flags.split(/\s+/).filter((flag) => /^(?:avx|fma|f16c|amx|asimd|sve|i8mm|bf16)/.test(flag))
  return known.length > 0 ? known.join(' ') : 'no vector instructions are listed'
}

function trialInWords({ provider, result, latency, golden, memoryMb, nodes, reason }: ProviderTrial): string {
  if (!latency) return `${result}: ${reason.replace(`${titleOf[provider]} failed: `, '')}`
  const ran =
    nodes &&
    Object.entries(nodes).map(
      ([name, count]) => `${count} on ${titleOf[name as keyof typeof titleOf] ?? name}`,
    )
  return [
    `${result}: ${ms(latency.oneMs)} for a row, ${ms(latency.batchMs)} for ${latency.batchRows}`,
    ...(golden ? [`${golden.passed} of ${golden.of} answers right`] : []),
    ...(ran ? [`nodes: ${ran.join(', ')}`] : []),
    ...(memoryMb === null ? [] : [`${memoryMb.toFixed(0)} MB`]),
  ].join('; ')
}
