import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Qualification } from '#core/contracts/hardware.ts'
import { onnxruntimeBuild } from '../inference/providers.ts'
import { residentMb } from '../inference/resident.ts'
import type { Hardware } from './hardware.ts'
import { lookAtMachine, type Machine, seenHere } from './machine.ts'
import { qualifyProviders } from './qualify-providers.ts'
import { tinyModel } from './tiny-model.ts'
import type { QualifyParts } from './try-provider.ts'

/** This machine, as qualifying sees it. Only where no file tells of graphics drivers is the system asked, which takes a while. */
async function thisMachine(hardware: Hardware): Promise<Machine> {
  const gpus = process.platform === 'linux' ? [] : (await hardware.figures()).gpus
  return lookAtMachine(seenHere, onnxruntimeBuild(), gpus)
}

/** The parts of qualifying that are the machine's own. */
export const machineParts = (hardware: Hardware): Pick<QualifyParts, 'machine' | 'memoryOf'> => ({
  machine: () => thisMachine(hardware),
  memoryOf: residentMb,
})

/** Proves every provider of this machine with a tiny model of its own. @throws EdgewrightError where not even the CPU is right */
export async function proveMachine(
  hardware: Hardware,
  parts: Omit<QualifyParts, 'machine' | 'memoryOf' | 'cache'>,
): Promise<Qualification> {
  const dir = await mkdtemp(join(tmpdir(), 'edgewright-tiny-'))
  try {
    return await qualifyProviders(await tinyModel(dir), { ...parts, ...machineParts(hardware) })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
