import type { Provider } from '#core/contracts/hardware.ts'

/** onnxruntime's names of its execution providers, as a profile has them. */
const names: Record<string, Provider> = {
  CPUExecutionProvider: 'cpu',
  CUDAExecutionProvider: 'cuda',
  TensorrtExecutionProvider: 'tensorrt',
  DmlExecutionProvider: 'dml',
  CoreMLExecutionProvider: 'coreml',
  WebGpuExecutionProvider: 'webgpu',
}

interface ProfileEvent {
  cat?: string
  name?: string
  args?: { provider?: string; node_index?: string }
}

/**
 * How many nodes of the graph each provider executed, out of a session's profile (Chrome's trace format, as onnxruntime
 * writes it). A node in a loop counts once; a part of the graph that a provider took as a whole is one node.
 */
export function nodesByProvider(profile: string): Record<string, number> {
  const seen = new Set<string>()
  const nodes: Record<string, number> = {}
  for (const { cat, name = '', args } of JSON.parse(profile) as ProfileEvent[]) {
    if (cat !== 'Node' || !args?.provider || !name.endsWith('_kernel_time')) continue
    const node = `${args.node_index} ${name}`
    if (seen.has(node)) continue
    seen.add(node)
    const provider = names[args.provider] ?? args.provider
    nodes[provider] = (nodes[provider] ?? 0) + 1
  }
  return nodes
}
