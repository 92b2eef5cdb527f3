import type { InferenceSession } from 'onnxruntime-node'
import type { Provider } from '#core/contracts/hardware.ts'

/** Where a session's profile goes: `PREFIX_DATE.json` in that folder. */
export const profilePrefix = 'profile'

/**
 * How a session is made with one provider. Behind every provider but the CPU stands the CPU, which onnxruntime adds by
 * itself: it runs the nodes that the provider does not know. TensorRT leaves its rest to CUDA first.
 */
export function sessionOptions(
  provider: Provider,
  threads: number,
  profileTo?: string,
): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'tensorrt' ? ['tensorrt', 'cuda'] : [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // DirectML takes neither memory patterns nor parallel execution (onnxruntime's page on its DirectML provider).
    ...(provider === 'dml' && { enableMemPattern: false, executionMode: 'sequential' as const }),
    ...(profileTo !== undefined && { enableProfiling: true, profileFilePrefix: profileTo }),
    // Spinning threads take a core each while they wait for the next run.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  }
}
