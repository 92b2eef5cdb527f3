import { onnxruntimeBuild } from '../inference/providers.ts'
import { residentMb } from '../inference/resident.ts'
import type { Hardware } from './hardware.ts'
import { lookAtMachine, type Machine, seenHere } from './machine.ts'
import type { QualifyParts } from './qualify-providers.ts'

/** This machine, as qualifying sees it. Only where no file tells of graphics drivers is the system asked, which takes a while. */
export async function thisMachine(hardware: Hardware): Promise<Machine> {
  const gpus = process.platform === 'linux' ? [] : (await hardware.figures()).gpus
  return lookAtMachine(seenHere, onnxruntimeBuild(), gpus)
}

/** The parts of qualifying that are the machine's own. */
export const machineParts = (hardware: Hardware): Pick<QualifyParts, 'machine' | 'memoryOf'> => ({
  machine: () => thisMachine(hardware),
  memoryOf: residentMb,
})
