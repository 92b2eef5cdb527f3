/** How much a package may hold, in bytes and files. What is larger is refused while it is read. */
export interface PackageLimits {
  totalBytes: number
  /** model.json, golden.json, baseline.json, digests.json and card.md, each. */
  textBytes: number
  baselineBytes: number
  modelBytes: number
  /** Each file of weights beside the model. */
  externalBytes: number
  files: number
}

const megabyte = 2 ** 20
const gigabyte = 2 ** 30

export const defaultLimits: PackageLimits = {
  totalBytes: 16 * gigabyte,
  textBytes: 16 * megabyte,
  baselineBytes: 256 * megabyte,
  // Protobuf's own limit.
  modelBytes: 2 * gigabyte - 1,
  externalBytes: 8 * gigabyte,
  files: 256,
}

export function limitFor(name: string, limits: PackageLimits): number {
  if (name === 'model.onnx' || name === 'model.ort') return limits.modelBytes
  if (name === 'baseline.bin') return limits.baselineBytes
  return /^(?:model|baseline|golden|digests)\.json$|^card\.md$/.test(name)
    ? limits.textBytes
    : limits.externalBytes
}
